# Every role may do its own work and nothing else.

mock_provider "aws" {
  source = "./tests/mocks"
}

override_resource {
  target = aws_dynamodb_table.events
  values = { arn = "arn:aws:dynamodb:us-east-1:123456789012:table/registrar-test-events" }
}

override_resource {
  target = aws_dynamodb_table.controls
  values = { arn = "arn:aws:dynamodb:us-east-1:123456789012:table/registrar-test-controls" }
}

variables {
  stage    = "test"
  packages = "./tests/packages"
}

run "no_role_has_a_wildcard" {
  assert {
    condition = alltrue(flatten([for function in output.functions : [
      for statement in jsondecode(function.policy).Statement : [
        for action in statement.Action : !strcontains(action, "*")
      ]
    ]]))
    error_message = "An action with a wildcard."
  }

  assert {
    condition = alltrue(flatten([for function in output.functions : [
      for statement in jsondecode(function.policy).Statement : [
        # Only the names of log streams, which Lambda gives itself, are open.
        for resource in statement.Resource : !strcontains(trimsuffix(resource, ":log-stream:*"), "*")
      ]
    ]]))
    error_message = "A resource with a wildcard."
  }
}

run "no_role_may_change_or_delete_an_event" {
  assert {
    condition = alltrue(flatten([for function in output.functions : [
      for statement in jsondecode(function.policy).Statement : [
        for action in statement.Action : contains(["dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem"], action)
      ] if anytrue([for resource in statement.Resource : endswith(resource, "-events")])
    ]]))
    error_message = "A role may do more to events than read them and add to them."
  }

  # The assertion above must have had something to look at.
  assert {
    condition     = length([for function in output.functions : function if strcontains(function.policy, "AddToHistories")]) >= 6
    error_message = "No role adds to histories: what is this test looking at?"
  }
}

run "only_the_sweep_never_writes_events" {
  assert {
    condition     = [for name, function in output.functions : name if !strcontains(function.policy, "AddToHistories")] == ["sweep"]
    error_message = "All functions but the sweep add events; the sweep none."
  }
}

run "a_function_reads_no_queue_but_its_own" {
  assert {
    condition = alltrue([for function in concat(keys(output.steps), ["callbacks"]) : length([
      for statement in jsondecode(output.functions[function].policy).Statement : statement
      if contains(statement.Action, "sqs:ReceiveMessage")
      ]) == 1 && length(one([
        for statement in jsondecode(output.functions[function].policy).Statement : statement.Resource
        if contains(statement.Action, "sqs:ReceiveMessage")
    ])) == 1])
    error_message = "A step function reads more queues than its own."
  }

  assert {
    condition = alltrue([for function in ["api", "webhooks", "sweep"] :
      !strcontains(output.functions[function].policy, "sqs:ReceiveMessage")
    ])
    error_message = "api, webhooks and sweep read no queue."
  }
}

run "messages_are_sent_to_the_queues_of_steps_and_callbacks_only" {
  assert {
    condition = alltrue(flatten([for function in output.functions : [
      for statement in jsondecode(function.policy).Statement :
      toset(statement.Resource) == toset([for function in concat(keys(output.steps), ["callbacks"]) : "arn:aws:sqs:us-east-1:123456789012:registrar-test-${function}"])
      if contains(statement.Action, "sqs:SendMessage")
    ]]))
    error_message = "A message is sent somewhere else."
  }
}

run "only_those_who_talk_to_the_registry_read_its_keys" {
  assert {
    condition     = toset([for name, function in output.functions : name if strcontains(function.policy, "/registrar/test/registry-key")]) == toset(keys(output.steps))
    error_message = "The registry's API key is read by step functions only."
  }

  assert {
    condition     = toset([for name, function in output.functions : name if strcontains(function.policy, "ssm:")]) == toset(concat(keys(output.steps), ["webhooks"]))
    error_message = "Somebody else reads a parameter."
  }
}

run "controls_are_held_apart_by_their_kind" {
  assert {
    condition = alltrue(flatten([for function in output.functions : [
      for statement in jsondecode(function.policy).Statement :
      length(statement.Condition["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]) > 0
      if anytrue([for resource in statement.Resource : endswith(resource, "-controls")])
    ]]))
    error_message = "A role may touch every kind of control."
  }

  assert {
    condition = alltrue(flatten([for function in output.functions : [
      for statement in jsondecode(function.policy).Statement :
      !contains(statement.Condition["ForAllValues:StringLike"]["dynamodb:LeadingKeys"], "token")
      if anytrue([for resource in statement.Resource : endswith(resource, "-controls")]) && !contains(statement.Action, "dynamodb:GetItem")
    ]]))
    error_message = "A function may write tokens."
  }
}

run "only_the_api_and_the_steps_claim_what_an_order_has" {
  assert {
    condition     = toset([for name, function in output.functions : name if strcontains(function.policy, "KeepClaims")]) == toset(concat(keys(output.steps), ["api"]))
    error_message = "Somebody else may take a number or a brand from an order."
  }
}

run "only_the_api_writes_callbacks_and_only_who_adds_events_reads_them" {
  assert {
    condition     = [for name, function in output.functions : name if strcontains(function.policy, "KeepCallbacks")] == ["api"]
    error_message = "Somebody else may write a callback."
  }

  assert {
    condition = alltrue([for function in output.functions :
      strcontains(function.policy, "ReadCallbacks") == strcontains(function.policy, "AddToHistories")
    ])
    error_message = "Who changes a status must know whether the account has a callback, and nobody else."
  }
}

run "operators_add_to_histories_and_never_change_or_delete_an_event" {
  assert {
    condition = toset(flatten([for statement in jsondecode(output.operators.policy).Statement : statement.Action
      if anytrue([for resource in statement.Resource : endswith(resource, "-events")])
    ])) == toset(["dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem"])
    error_message = "Operators read events and add some, and nothing else."
  }

  assert {
    condition = alltrue(flatten([for statement in jsondecode(output.operators.policy).Statement : [
      for word in concat(statement.Action, statement.Resource) : !strcontains(word, "*")
    ]]))
    error_message = "A wildcard in what operators may do."
  }
}

run "operators_see_every_queue_and_take_from_dead_letters_only" {
  assert {
    condition = alltrue(flatten([for statement in jsondecode(output.operators.policy).Statement : [
      toset(statement.Resource) == toset([for function in concat(keys(output.steps), ["callbacks"]) : "arn:aws:sqs:us-east-1:123456789012:registrar-test-${function}-dead"])
    ] if contains(statement.Action, "sqs:ReceiveMessage") || contains(statement.Action, "sqs:DeleteMessage")]))
    error_message = "Operators take messages that functions are to have."
  }

  assert {
    condition     = strcontains(output.operators.policy, "sqs:ReceiveMessage") && strcontains(output.operators.policy, "sqs:GetQueueAttributes")
    error_message = "Operators cannot redrive, or see no depth."
  }
}

run "operators_read_no_key_of_the_registry_and_change_only_limits_tokens_claims_and_allowances" {
  assert {
    condition     = !strcontains(output.operators.policy, "ssm:")
    error_message = "Operators read a parameter."
  }

  assert {
    condition = toset(flatten([for statement in jsondecode(output.operators.policy).Statement :
      statement.Condition["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
      if anytrue([for resource in statement.Resource : endswith(resource, "-controls")]) && statement.Action != ["dynamodb:GetItem"]
    ])) == toset(["limit", "token", "claim/*", "allowance"])
    error_message = "Operators may write another kind of control."
  }
}

run "a_secret_cannot_be_given_as_a_setting" {
  command = plan

  variables {
    settings = { REGISTRAR_REGISTRY_KEY = "KEY" }
  }

  expect_failures = [var.settings]
}
