# Queues, functions and mappings of the steps.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  stage    = "test"
  packages = "./tests/packages"
}

run "every_step_function_of_the_code_has_its_queue" {
  assert {
    condition     = toset(keys(output.steps)) == toset(jsondecode(file("./steps.json"))[*].function)
    error_message = "The steps of steps.json and the queues differ."
  }
}

run "messages_are_hidden_six_times_as_long_as_a_run_may_take" {
  assert {
    condition = alltrue([for function, step in output.steps :
      step.queue.visibility >= 6 * output.functions[function].timeout
    ])
    error_message = "A visibility timeout is too short."
  }
}

run "call_function_lease_visibility_and_rescue_follow_each_other" {
  assert {
    condition = (
      var.call_timeout < var.function_timeout &&
      var.function_timeout < local.lease &&
      local.lease < local.visibility &&
      local.visibility < local.rescue_after
    )
    error_message = "A lease must outlive a run, a hidden message the lease, and a rescue comes last."
  }
}

run "what_is_given_up_is_kept_for_two_weeks_and_longer_than_it_was_queued" {
  assert {
    condition     = alltrue([for step in output.steps : step.dead.retention == 14 * 24 * 60 * 60])
    error_message = "Dead letters are kept 14 days."
  }

  assert {
    condition     = alltrue([for step in module.step : step.queue.retention < step.dead.retention])
    error_message = "A message keeps its age when it moves: its own queue must keep it for less."
  }
}

run "a_queue_gives_up_to_its_own_dead_letter_queue_only" {
  assert {
    condition     = alltrue([for step in output.steps : jsondecode(step.queue.redrive).maxReceiveCount == var.max_receives])
    error_message = "A queue has no redrive policy."
  }

  assert {
    condition = alltrue([for function, step in output.steps : jsondecode(step.dead.redrive_allow) == {
      redrivePermission = "byQueue"
      sourceQueueArns   = ["arn:aws:sqs:us-east-1:123456789012:registrar-test-${function}"]
    }])
    error_message = "A dead-letter queue takes from more than its own queue."
  }
}

run "concurrency_is_rate_times_latency_and_one" {
  variables {
    writes_per_second = 2
    latency_p99       = 1.6
  }

  assert {
    condition     = alltrue([for step in output.steps : step.mapping.maximum_concurrency == 5]) # ceil(3.2) + 1
    error_message = "ceil(rate x latency) + 1."
  }
}

run "concurrency_is_at_least_two" {
  variables {
    writes_per_second = 0.2
    latency_p99       = 0.5
  }

  assert {
    condition     = alltrue([for step in output.steps : step.mapping.maximum_concurrency == 2])
    error_message = "AWS takes no maximum concurrency below 2."
  }
}

run "one_message_of_a_batch_can_fail_alone" {
  assert {
    condition     = alltrue([for step in output.steps : contains(step.mapping.response_types, "ReportBatchItemFailures")])
    error_message = "A batch fails as a whole."
  }

  assert {
    condition     = alltrue([for mapping in aws_lambda_event_source_mapping.dead_letters : contains(mapping.function_response_types, "ReportBatchItemFailures")])
    error_message = "A batch of dead letters fails as a whole."
  }

  assert {
    condition     = toset(keys(aws_lambda_event_source_mapping.dead_letters)) == toset(concat(keys(output.steps), ["callbacks"]))
    error_message = "A dead-letter queue has no reader."
  }
}

run "callbacks_have_a_queue_like_a_step" {
  assert {
    condition = (
      output.callbacks.queue.visibility >= 6 * output.functions["callbacks"].timeout &&
      jsondecode(output.callbacks.queue.redrive).maxReceiveCount == var.max_receives &&
      contains(output.callbacks.mapping.response_types, "ReportBatchItemFailures") &&
      output.callbacks.mapping.maximum_concurrency == 9 # ceil(2 x 4) + 1
    )
    error_message = "The queue of callbacks is another one."
  }
}

run "a_run_that_could_be_killed_in_the_middle_is_refused" {
  command = plan

  variables {
    call_timeout     = 20
    function_timeout = 40
  }

  expect_failures = [var.function_timeout]
}

run "what_depends_on_the_registry_account_reaches_its_functions" {
  variables {
    vetting            = "none"
    campaigns_editable = false
  }

  assert {
    condition = alltrue([for step in output.steps :
      step.environment.REGISTRAR_VETTING == "none" && step.environment.REGISTRAR_CAMPAIGNS_EDITABLE == "false"
    ])
    error_message = "A step function is not told of the account's vetting, or how campaigns are corrected."
  }
}

run "a_vetting_without_a_class_is_refused" {
  command = plan

  variables {
    vetting = "AEGIS"
  }

  expect_failures = [var.vetting]
}
