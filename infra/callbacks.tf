# callbacks: calls accounts back, signed, in order. Its queue, dead letters, alarms
# and role are those of a step function; it is no step, holds no key of the
# registry, and takes no slot of its limit. It calls the public internet: it is in
# no VPC, and refuses private, loopback and link-local addresses itself.

module "callbacks" {
  source = "./modules/step"

  prefix             = local.prefix
  function           = "callbacks"
  description        = "Tells accounts what has changed."
  queue_arn_prefix   = local.sqs_arn
  package            = local.package["callbacks"]
  architecture       = var.architecture
  timeout            = var.function_timeout
  memory             = var.memory
  visibility         = local.visibility
  dead_visibility    = local.dead_visibility
  max_receives       = var.max_receives
  batch_size         = var.batch_size
  rate               = var.callbacks_per_second
  latency_p99        = var.callback_latency_p99
  log_retention_days = var.log_retention_days
  oldest_message     = var.oldest_message_seconds
  alarm_actions      = var.alarm_actions
  environment        = local.environment

  statements = concat([
    local.grants.read_history,
    local.grants.add_history,
    local.grants.read_rows,
    local.grants.move_rows,
    local.grants.read_callbacks,
    local.grants.send,
  ], local.grants.key)
}

locals {
  # Everything that has a queue.
  queued = merge(module.step, { callbacks = module.callbacks })
}
