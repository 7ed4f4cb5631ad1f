output "function" {
  description = "The function: name, arn, role_arn, policy, environment, timeout, log_group, alarms."
  value       = module.function
}

output "queue" {
  description = "The queue."
  value = {
    name       = aws_sqs_queue.this.name
    url        = aws_sqs_queue.this.url
    arn        = aws_sqs_queue.this.arn
    visibility = aws_sqs_queue.this.visibility_timeout_seconds
    retention  = aws_sqs_queue.this.message_retention_seconds
    redrive    = aws_sqs_queue.this.redrive_policy
  }
}

output "dead" {
  description = "The queue of its dead letters."
  value = {
    name          = aws_sqs_queue.dead.name
    url           = aws_sqs_queue.dead.url
    arn           = aws_sqs_queue.dead.arn
    retention     = aws_sqs_queue.dead.message_retention_seconds
    redrive_allow = aws_sqs_queue.dead.redrive_allow_policy
  }
}

output "queue_url_prefix" {
  description = "What the URLs of all step queues begin with; the function's name follows."
  value       = trimsuffix(aws_sqs_queue.this.url, var.function)
}

output "mapping" {
  description = "How the function is fed."
  value = {
    maximum_concurrency = one(aws_lambda_event_source_mapping.this.scaling_config).maximum_concurrency
    batch_size          = aws_lambda_event_source_mapping.this.batch_size
    response_types      = aws_lambda_event_source_mapping.this.function_response_types
  }
}

output "alarms" {
  description = "Names of the alarms on its queues and its function."
  value = concat(module.function.alarms, [
    aws_cloudwatch_metric_alarm.dead_letters.alarm_name,
    aws_cloudwatch_metric_alarm.age.alarm_name,
  ])
}
