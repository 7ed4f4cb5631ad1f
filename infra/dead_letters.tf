# dead-letters: what a queue gave up is written into the history of its
# registration, so that nothing ends silently in a queue. A message that cannot
# be read belongs to no registration: it stays in its dead-letter queue, is tried
# again every quarter of an hour, and the step's alarm tells.

locals {
  # Six times this function's timeout, and not so short that what cannot be read
  # costs more than it is worth.
  dead_timeout    = 30
  dead_visibility = max(6 * local.dead_timeout, 900)
}

module "dead_letters" {
  source = "./modules/function"

  name               = "${local.prefix}dead-letters"
  description        = "Writes messages that were given up into the history of their registration."
  package            = local.package["dead-letters"]
  architecture       = var.architecture
  timeout            = local.dead_timeout
  memory             = var.memory
  environment        = merge(local.environment, local.queues)
  log_retention_days = var.log_retention_days
  alarm_actions      = var.alarm_actions

  statements = concat([
    local.grants.read_history,
    local.grants.add_history,
    local.grants.read_rows,
    local.grants.move_rows,
    local.grants.read_callbacks,
    local.grants.send,
    {
      sid       = "DeadLetterQueues"
      actions   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
      resources = [for function in local.queued : function.dead.arn]
    },
  ], local.grants.key)
}

resource "aws_lambda_event_source_mapping" "dead_letters" {
  for_each = local.queued

  event_source_arn        = each.value.dead.arn
  function_name           = module.dead_letters.arn
  batch_size              = 10
  function_response_types = ["ReportBatchItemFailures"]

  scaling_config {
    maximum_concurrency = 2
  }
}
