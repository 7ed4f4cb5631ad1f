# One queue, dead-letter queue, function and mapping per step function, from the
# list that the code writes. A new step needs no line here.

module "step" {
  source   = "./modules/step"
  for_each = toset(local.step_functions)

  prefix             = local.prefix
  function           = each.key
  description        = "Steps of a registration: ${join(", ", local.step_names[each.key])}."
  queue_arn_prefix   = local.sqs_arn
  package            = local.package[each.key]
  architecture       = var.architecture
  timeout            = var.function_timeout
  memory             = var.memory
  visibility         = local.visibility
  dead_visibility    = local.dead_visibility
  max_receives       = var.max_receives
  batch_size         = var.batch_size
  rate               = var.writes_per_second
  latency_p99        = var.latency_p99
  log_retention_days = var.log_retention_days
  oldest_message     = var.oldest_message_seconds
  alarm_actions      = var.alarm_actions

  environment = merge(local.environment, local.registry, {
    REGISTRAR_PUBLIC_URL = local.public_url
  })

  statements = concat([
    local.grants.read_history,
    local.grants.add_history,
    local.grants.read_rows,
    local.grants.move_rows,
    local.grants.read_callbacks,
    local.grants.take_slots,
    local.grants.keep_claims,
    local.grants.send,
    local.secrets.registry,
  ], local.grants.key)
}
