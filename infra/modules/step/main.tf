# One step function with all that belongs to it: its queue, the queue for what
# it could not do, the mapping that feeds it, and the alarms on all of them.
#
#   queue --mapping--> function
#     |  after max_receives receives that no run acknowledged (crashes only:
#     v  what fails in an orderly way is acknowledged and sent again)
#   dead letters, kept 14 days; the function dead-letters writes each of them
#   into its registration's history

locals {
  queue_name  = "${var.prefix}${var.function}"
  queue_arn   = "${var.queue_arn_prefix}${var.function}"
  two_weeks   = 14 * 24 * 60 * 60
  four_days   = 4 * 24 * 60 * 60
  concurrency = max(2, ceil(var.rate * var.latency_p99) + 1)
}

resource "aws_sqs_queue" "this" {
  name                       = local.queue_name
  visibility_timeout_seconds = var.visibility
  receive_wait_time_seconds  = 20
  # Shorter than the dead letters': a message keeps its age when it moves.
  message_retention_seconds = local.four_days
  sqs_managed_sse_enabled   = true

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead.arn
    maxReceiveCount     = var.max_receives
  })

  lifecycle {
    precondition {
      condition     = var.visibility >= 6 * var.timeout
      error_message = "The visibility timeout of ${local.queue_name} must be at least six times its function's timeout, so that Lambda's own retries end before a message is given to another."
    }
  }
}

resource "aws_sqs_queue" "dead" {
  name                       = "${local.queue_name}-dead"
  visibility_timeout_seconds = var.dead_visibility
  message_retention_seconds  = local.two_weeks
  sqs_managed_sse_enabled    = true

  # Only this step's own queue may put anything here.
  redrive_allow_policy = jsonencode({
    redrivePermission = "byQueue"
    sourceQueueArns   = [local.queue_arn]
  })
}

module "function" {
  source = "../function"

  name               = local.queue_name
  description        = var.description
  package            = var.package
  architecture       = var.architecture
  timeout            = var.timeout
  memory             = var.memory
  log_retention_days = var.log_retention_days
  alarm_actions      = var.alarm_actions

  environment = merge(var.environment, {
    REGISTRAR_QUEUE_URL_PREFIX = trimsuffix(aws_sqs_queue.this.url, var.function)
  })

  statements = concat(var.statements, [{
    sid       = "OwnQueue"
    actions   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
    resources = [aws_sqs_queue.this.arn]
  }])
}

resource "aws_lambda_event_source_mapping" "this" {
  event_source_arn        = aws_sqs_queue.this.arn
  function_name           = module.function.arn
  batch_size              = var.batch_size
  function_response_types = ["ReportBatchItemFailures"]

  # How many runs may be in flight. Never a reserved concurrency below it:
  # deliveries that are throttled use up receives and dead-letter healthy work.
  scaling_config {
    maximum_concurrency = local.concurrency
  }
}

resource "aws_cloudwatch_metric_alarm" "dead_letters" {
  alarm_name        = "${local.queue_name}-dead-letters"
  alarm_description = "Messages of ${var.function} were given up, and dead-letters could not write them into a history: they are in ${aws_sqs_queue.dead.name}, for 14 days."

  # Visible and in flight: what the dead-letters function cannot read is
  # received over and over, and hidden nearly all the time.
  metric_query {
    id          = "dead"
    expression  = "visible + in_flight"
    label       = "Dead letters"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = {
      visible   = "ApproximateNumberOfMessagesVisible"
      in_flight = "ApproximateNumberOfMessagesNotVisible"
    }

    content {
      id = metric_query.key

      metric {
        namespace   = "AWS/SQS"
        metric_name = metric_query.value
        dimensions  = { QueueName = aws_sqs_queue.dead.name }
        stat        = "Maximum"
        period      = 300
      }
    }
  }

  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_actions
  ok_actions          = var.alarm_actions
}

resource "aws_cloudwatch_metric_alarm" "age" {
  alarm_name          = "${local.queue_name}-age"
  alarm_description   = "A message of ${var.function} has waited longer than ${var.oldest_message} s: more comes in than the registry's limit lets out, or the function stands."
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateAgeOfOldestMessage"
  dimensions          = { QueueName = aws_sqs_queue.this.name }
  statistic           = "Maximum"
  period              = 300
  evaluation_periods  = 2
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.oldest_message
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_actions
  ok_actions          = var.alarm_actions
}
