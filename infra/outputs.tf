output "api_url" {
  description = "Where the API answers; paths such as /v1/registrations follow."
  value       = local.public_url
}

output "api_id" {
  description = "The REST API's id."
  value       = aws_api_gateway_rest_api.this.id
}

output "tables" {
  description = "Names of the tables."
  value = {
    events        = aws_dynamodb_table.events.name
    registrations = aws_dynamodb_table.registrations.name
    controls      = aws_dynamodb_table.controls.name
  }
}

output "steps" {
  description = "Queue, dead-letter queue, mapping and settings of each step function."
  value = { for function, step in module.step : function => {
    queue       = step.queue
    dead        = step.dead
    mapping     = step.mapping
    environment = step.function.environment
  } }
}

output "callbacks" {
  description = "Queue, dead-letter queue and mapping of the function that calls accounts back."
  value       = { queue = module.callbacks.queue, dead = module.callbacks.dead, mapping = module.callbacks.mapping }
}

output "queue_url_prefix" {
  description = "What the URLs of all step queues begin with."
  value       = local.queues.REGISTRAR_QUEUE_URL_PREFIX
}

output "functions" {
  description = "Each function's name, role, policy and log group."
  value = { for function, made in merge(
    { for function, step in module.step : function => step.function },
    { callbacks = module.callbacks.function, api = module.api, webhooks = module.webhooks, sweep = module.sweep, dead-letters = module.dead_letters },
    ) : function => {
    name      = made.name
    role_arn  = made.role_arn
    policy    = made.policy
    timeout   = made.timeout
    log_group = made.log_group
  } }
}

output "operators" {
  description = "The managed policy of those who run the registrar command on this stage, to be attached to their group or role."
  value = {
    name   = aws_iam_policy.operators.name
    arn    = aws_iam_policy.operators.arn
    policy = aws_iam_policy.operators.policy
  }
}

output "parameters" {
  description = "Names of the SSM parameters that must hold the registry's keys."
  value = {
    registry_key        = local.registry_key
    registry_public_key = local.registry_public_key
  }
}

output "alarms" {
  description = "Names of all alarms."
  value = sort(concat(
    flatten([for function in local.queued : function.alarms]),
    module.api.alarms, module.webhooks.alarms, module.sweep.alarms, module.dead_letters.alarms,
    [for alarm in aws_cloudwatch_metric_alarm.counted : alarm.alarm_name],
    [aws_cloudwatch_metric_alarm.sweep_silent.alarm_name, aws_cloudwatch_metric_alarm.api_errors.alarm_name],
  ))
}
