# sweep: looks every minute for what is due, sends a message for each, and counts
# what it had to rescue. Two runs at once do no harm: a row is moved on only from
# the version that was read.

module "sweep" {
  source = "./modules/function"

  name               = "${local.prefix}sweep"
  description        = "Brings on registrations that are due, and rescues those whose message was lost."
  package            = local.package["sweep"]
  architecture       = var.architecture
  timeout            = 60
  memory             = var.memory
  environment        = merge(local.environment, local.queues)
  log_retention_days = var.log_retention_days
  alarm_actions      = var.alarm_actions

  statements = concat([
    local.grants.read_history,
    local.grants.read_rows,
    local.grants.list_due,
    # A queue that is long because a limit is slow or paused has lost nothing.
    local.grants.read_limits,
    {
      sid       = "MoveRegistrations"
      actions   = ["dynamodb:UpdateItem"]
      resources = [aws_dynamodb_table.registrations.arn]
    },
    local.grants.send,
    {
      sid       = "QueueDepths"
      actions   = ["sqs:GetQueueAttributes"]
      resources = flatten([for function in local.queued : [function.queue.arn, function.dead.arn]])
    },
  ], local.grants.key)
}

resource "aws_cloudwatch_event_rule" "sweep" {
  name                = "${local.prefix}sweep"
  description         = "Runs the sweep."
  schedule_expression = var.sweep_every_minutes == 1 ? "rate(1 minute)" : "rate(${var.sweep_every_minutes} minutes)"
}

resource "aws_cloudwatch_event_target" "sweep" {
  rule      = aws_cloudwatch_event_rule.sweep.name
  target_id = "sweep"
  arn       = module.sweep.arn

  # A run that could not be started is not made up for: the next one comes soon.
  retry_policy {
    maximum_event_age_in_seconds = 60
    maximum_retry_attempts       = 0
  }
}

resource "aws_lambda_permission" "sweep" {
  statement_id  = "rule"
  action        = "lambda:InvokeFunction"
  function_name = module.sweep.name
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.sweep.arn
}
