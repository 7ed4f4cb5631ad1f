# What keeps histories, and what tells when something is wrong.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  stage    = "test"
  packages = "./tests/packages"
}

run "tables_are_protected_by_default" {
  assert {
    condition = alltrue([for table in [aws_dynamodb_table.events, aws_dynamodb_table.registrations, aws_dynamodb_table.controls] :
      table.deletion_protection_enabled &&
      one(table.point_in_time_recovery).enabled &&
      one(table.server_side_encryption).enabled
    ])
    error_message = "A table can be deleted, cannot be restored, or is not encrypted with a key of the account."
  }
}

run "every_log_ends_some_day" {
  assert {
    condition     = alltrue([for function in output.functions : function.log_group.retention_days == var.log_retention_days])
    error_message = "A function's log is kept for ever."
  }

  assert {
    condition     = aws_cloudwatch_log_group.api.retention_in_days == var.log_retention_days
    error_message = "The access log is kept for ever."
  }
}

run "every_step_has_its_alarms" {
  assert {
    condition = length(setsubtract(
      flatten([for function in concat(keys(output.steps), ["callbacks"]) : [
        for alarm in ["dead-letters", "age", "errors", "throttles"] : "registrar-test-${function}-${alarm}"
      ]]),
      output.alarms,
    )) == 0
    error_message = "A step lacks one of: dead-letters, age, errors, throttles."
  }
}

run "the_whole_has_its_alarms" {
  assert {
    condition = length(setsubtract(
      concat(
        [for alarm in ["rescues", "stalled", "dead-lettered", "sweep-silent", "api-5xx"] : "registrar-test-${alarm}"],
        flatten([for function in ["api", "webhooks", "sweep", "dead-letters"] : ["registrar-test-${function}-errors", "registrar-test-${function}-throttles"]]),
      ),
      output.alarms,
    )) == 0
    error_message = "An alarm is missing."
  }
}

run "alarms_tell_whom_they_are_told_to_tell" {
  variables {
    alarm_actions = ["arn:aws:sns:us-east-1:123456789012:duty"]
  }

  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.counted : alarm.alarm_actions == toset(var.alarm_actions)])
    error_message = "An alarm that nobody hears."
  }
}

run "the_stage_is_throttled_and_logged" {
  assert {
    condition = (
      one(aws_api_gateway_method_settings.this.settings).throttling_rate_limit == var.api_requests_per_second &&
      one(aws_api_gateway_method_settings.this.settings).throttling_burst_limit == var.api_burst &&
      aws_api_gateway_method_settings.this.method_path == "*/*"
    )
    error_message = "The stage is not throttled."
  }

  assert {
    condition     = length(aws_api_gateway_stage.this.access_log_settings) == 1 && !one(aws_api_gateway_method_settings.this.settings).data_trace_enabled
    error_message = "Calls are not logged, or their bodies are."
  }
}

run "functions_are_built_for_arm_unless_told_otherwise" {
  assert {
    condition     = var.architecture == "arm64"
    error_message = "arm64 is the cheaper one."
  }
}

run "webhooks_come_back_to_the_address_that_is_public" {
  variables {
    public_url = "http://127.0.0.1:4566/_aws/execute-api/{api}/test"
  }

  assert {
    condition     = output.api_url == "http://127.0.0.1:4566/_aws/execute-api/mockedapi1/test"
    error_message = "{api} stands for the API's id."
  }
}

run "the_api_s_own_address_names_its_stage" {
  assert {
    condition     = output.api_url == "https://mockedapi1.execute-api.us-east-1.amazonaws.com/test"
    error_message = "The invoke URL with its stage."
  }
}
