# Alarms on the whole. Those on one step or one function are in modules/step and
# modules/function.

locals {
  # The functions write these as EMF, under this namespace and this dimension.
  namespace  = "Registrar"
  dimensions = { Stage = var.stage }

  counted = {
    rescues = {
      metric  = "Rescues"
      text    = "The sweep had to send again what should have been sent. A crash or a lost webhook explains it; a rescue that nothing explains is a bug. The sweep's log names each."
      minutes = 5
    }
    stalled = {
      metric  = "Stalled"
      text    = "Registrations are past their due time and do not move: the sweep's log names them."
      minutes = 15
    }
    dead_lettered = {
      metric  = "DeadLettered"
      text    = "Messages were given up and written into their registrations' histories: `registrar find --status parked` lists what a person must look at."
      minutes = 5
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "counted" {
  for_each = local.counted

  alarm_name          = "${local.prefix}${replace(each.key, "_", "-")}"
  alarm_description   = each.value.text
  namespace           = local.namespace
  metric_name         = each.value.metric
  dimensions          = local.dimensions
  statistic           = "Maximum"
  period              = each.value.minutes * 60
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_actions
  ok_actions          = var.alarm_actions
}

# Everything that waits is brought on by the sweep: no run is worse than a failed
# one, and silent.
resource "aws_cloudwatch_metric_alarm" "sweep_silent" {
  alarm_name          = "${local.prefix}sweep-silent"
  alarm_description   = "The sweep has not run: is its EventBridge rule enabled? Nothing that waits is brought on meanwhile."
  namespace           = "AWS/Lambda"
  metric_name         = "Invocations"
  dimensions          = { FunctionName = module.sweep.name }
  statistic           = "Sum"
  period              = max(5, 2 * var.sweep_every_minutes) * 60
  evaluation_periods  = 1
  comparison_operator = "LessThanThreshold"
  threshold           = 1
  treat_missing_data  = "breaching"
  alarm_actions       = var.alarm_actions
  ok_actions          = var.alarm_actions
}

resource "aws_cloudwatch_metric_alarm" "api_errors" {
  alarm_name          = "${local.prefix}api-5xx"
  alarm_description   = "Callers or the registry's webhooks were answered with a 5xx: the access log and the logs of api and webhooks say why."
  namespace           = "AWS/ApiGateway"
  metric_name         = "5XXError"
  dimensions          = { ApiName = aws_api_gateway_rest_api.this.name, Stage = var.stage }
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_actions
  ok_actions          = var.alarm_actions
}
