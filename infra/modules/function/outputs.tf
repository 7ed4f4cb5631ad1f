output "name" {
  description = "The function's name."
  value       = aws_lambda_function.this.function_name
}

output "arn" {
  description = "The function's ARN."
  value       = aws_lambda_function.this.arn
}

output "invoke_arn" {
  description = "What API Gateway calls."
  value       = aws_lambda_function.this.invoke_arn
}

output "role_arn" {
  description = "Its role's ARN."
  value       = aws_iam_role.this.arn
}

output "policy" {
  description = "What its role may do, as JSON."
  value       = aws_iam_role_policy.this.policy
}

output "environment" {
  description = "Its settings."
  value       = one(aws_lambda_function.this.environment).variables
}

output "timeout" {
  description = "Seconds after which Lambda ends a run."
  value       = aws_lambda_function.this.timeout
}

output "log_group" {
  description = "Its log group, with the days that it keeps."
  value = {
    name           = aws_cloudwatch_log_group.this.name
    retention_days = aws_cloudwatch_log_group.this.retention_in_days
  }
}

output "alarms" {
  description = "Names of its alarms."
  value = [
    aws_cloudwatch_metric_alarm.errors.alarm_name,
    aws_cloudwatch_metric_alarm.throttles.alarm_name,
  ]
}
