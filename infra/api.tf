# The REST API. Everything under / goes to the function api, which holds the
# whole Router; the registry's webhooks go to a function of their own, so that a
# storm of them takes nothing from callers.
#
#   who may call    Tokens are checked by the api function's own Router, and the
#                   signature of a webhook by the webhooks function: the same
#                   code as in `registrar serve`. So there is no authorizer here,
#                   where a checker asks for one.
#   how often       Throttled here, for the whole stage.
#   how much        API Gateway has one fixed limit of 10 MB for a request (and
#                   Lambda 6 MB behind it); neither can be set. The real limits
#                   are the Router's: 1 MiB for an order, 256 KiB for a webhook,
#                   answered with 413.
#   how long        API Gateway gives a function 29 s, the Router a call 10 s.

locals {
  api_timeout = 15

  # Composed, not read from the stage: the step functions put it into the
  # webhook addresses that they give the registry, and the stage needs functions.
  own_url    = "https://${aws_api_gateway_rest_api.this.id}.execute-api.${local.region}.${data.aws_partition.here.dns_suffix}/${var.stage}"
  public_url = var.public_url == null ? local.own_url : replace(var.public_url, "{api}", aws_api_gateway_rest_api.this.id)

  # The Router's paths begin with /v1, the API's with the stage.
  behind_api = { AWS_LAMBDA_HTTP_IGNORE_STAGE_IN_PATH = "true" }
}

module "api" {
  source = "./modules/function"

  name               = "${local.prefix}api"
  description        = "The HTTP API."
  package            = local.package["api"]
  architecture       = var.architecture
  timeout            = local.api_timeout
  memory             = var.memory
  environment        = merge(local.environment, local.queues, local.behind_api)
  log_retention_days = var.log_retention_days
  alarm_actions      = var.alarm_actions

  statements = concat([
    local.grants.read_history,
    local.grants.add_history,
    local.grants.read_rows,
    local.grants.move_rows,
    local.grants.read_callbacks,
    local.grants.list_rows,
    local.grants.check_callers,
    local.grants.keep_keys,
    local.grants.keep_claims,
    local.grants.use_allowances,
    local.grants.keep_callbacks,
    local.grants.send,
  ], local.grants.key)
}

module "webhooks" {
  source = "./modules/function"

  name               = "${local.prefix}webhooks"
  description        = "Takes the registry's webhooks as a reason to go and read again."
  package            = local.package["webhooks"]
  architecture       = var.architecture
  timeout            = local.api_timeout
  memory             = var.memory
  environment        = merge(local.environment, local.queues, local.behind_api, local.webhook_registry)
  log_retention_days = var.log_retention_days
  alarm_actions      = var.alarm_actions

  statements = concat([
    local.grants.read_history,
    local.grants.add_history,
    local.grants.read_rows,
    local.grants.move_rows,
    local.grants.read_callbacks,
    local.grants.send,
    local.secrets.webhooks,
  ], local.grants.key)
}

resource "aws_api_gateway_rest_api" "this" {
  name        = local.name
  description = "Registrations of businesses, campaigns and numbers."

  endpoint_configuration {
    types = ["REGIONAL"]
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_api_gateway_resource" "all" {
  rest_api_id = aws_api_gateway_rest_api.this.id
  parent_id   = aws_api_gateway_rest_api.this.root_resource_id
  path_part   = "{proxy+}"
}

resource "aws_api_gateway_resource" "v1" {
  rest_api_id = aws_api_gateway_rest_api.this.id
  parent_id   = aws_api_gateway_rest_api.this.root_resource_id
  path_part   = "v1"
}

resource "aws_api_gateway_resource" "v1_all" {
  rest_api_id = aws_api_gateway_rest_api.this.id
  parent_id   = aws_api_gateway_resource.v1.id
  path_part   = "{proxy+}"
}

resource "aws_api_gateway_resource" "webhooks" {
  rest_api_id = aws_api_gateway_rest_api.this.id
  parent_id   = aws_api_gateway_resource.v1.id
  path_part   = "webhooks"
}

resource "aws_api_gateway_resource" "webhooks_all" {
  rest_api_id = aws_api_gateway_rest_api.this.id
  parent_id   = aws_api_gateway_resource.webhooks.id
  path_part   = "{proxy+}"
}

locals {
  routes = {
    all      = { resource = aws_api_gateway_resource.all.id, method = "ANY", function = module.api.invoke_arn }
    v1       = { resource = aws_api_gateway_resource.v1_all.id, method = "ANY", function = module.api.invoke_arn }
    webhooks = { resource = aws_api_gateway_resource.webhooks_all.id, method = "POST", function = module.webhooks.invoke_arn }
  }
}

resource "aws_api_gateway_method" "this" {
  for_each = local.routes

  rest_api_id   = aws_api_gateway_rest_api.this.id
  resource_id   = each.value.resource
  http_method   = each.value.method
  authorization = "NONE" # by the Router, see above
}

resource "aws_api_gateway_integration" "this" {
  for_each = local.routes

  rest_api_id             = aws_api_gateway_rest_api.this.id
  resource_id             = each.value.resource
  http_method             = aws_api_gateway_method.this[each.key].http_method
  type                    = "AWS_PROXY"
  integration_http_method = "POST"
  uri                     = each.value.function
}

resource "aws_api_gateway_deployment" "this" {
  rest_api_id = aws_api_gateway_rest_api.this.id

  triggers = {
    routes = sha1(jsonencode(local.routes))
  }

  lifecycle {
    create_before_destroy = true
  }

  depends_on = [aws_api_gateway_integration.this]
}

resource "aws_api_gateway_stage" "this" {
  rest_api_id   = aws_api_gateway_rest_api.this.id
  deployment_id = aws_api_gateway_deployment.this.id
  stage_name    = var.stage

  # What was asked and how it was answered; no address, no token, no id.
  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.api.arn
    format = jsonencode({
      time        = "$context.requestTime"
      request     = "$context.requestId"
      method      = "$context.httpMethod"
      route       = "$context.resourcePath"
      status      = "$context.status"
      function    = "$context.integration.status"
      latency     = "$context.responseLatency"
      length      = "$context.responseLength"
      error       = "$context.error.message"
      trace       = "$context.xrayTraceId"
      integration = "$context.integration.error"
    })
  }

  depends_on = [aws_api_gateway_account.this]
}

resource "aws_api_gateway_method_settings" "this" {
  rest_api_id = aws_api_gateway_rest_api.this.id
  stage_name  = aws_api_gateway_stage.this.stage_name
  method_path = "*/*"

  settings {
    throttling_rate_limit  = var.api_requests_per_second
    throttling_burst_limit = var.api_burst
    metrics_enabled        = true
    logging_level          = "ERROR"
    data_trace_enabled     = false # bodies hold personal data
  }
}

resource "aws_cloudwatch_log_group" "api" {
  name              = "/aws/apigateway/${local.name}"
  retention_in_days = var.log_retention_days
}

resource "aws_lambda_permission" "api" {
  statement_id  = "api"
  action        = "lambda:InvokeFunction"
  function_name = module.api.name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_api_gateway_rest_api.this.execution_arn}/${var.stage}/*/*"
}

resource "aws_lambda_permission" "webhooks" {
  statement_id  = "api"
  action        = "lambda:InvokeFunction"
  function_name = module.webhooks.name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_api_gateway_rest_api.this.execution_arn}/${var.stage}/POST/v1/webhooks/*"
}

# API Gateway writes logs as one role for the whole account and region; it takes
# none that does less than this policy of AWS's own.
resource "aws_iam_role" "api_logging" {
  count = var.api_logging_role ? 1 : 0

  name        = "${local.prefix}api-gateway-logs"
  description = "API Gateway writes its logs."

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "apigateway.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy_attachment" "api_logging" {
  count = var.api_logging_role ? 1 : 0

  role       = aws_iam_role.api_logging[0].name
  policy_arn = "arn:${data.aws_partition.here.partition}:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"
}

resource "aws_api_gateway_account" "this" {
  count = var.api_logging_role ? 1 : 0

  cloudwatch_role_arn = aws_iam_role.api_logging[0].arn

  depends_on = [aws_iam_role_policy_attachment.api_logging]
}
