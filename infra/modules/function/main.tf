# One Lambda function: the function, the role with what it may do and nothing
# else, its log group, and the two alarms that every function has.

locals {
  # The stream names are Lambda's own, so the last part cannot be named; the
  # group can.
  logging = {
    sid       = "OwnLog"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.this.arn}:log-stream:*"]

    partition_key = null
  }

  # For Terraform to create the function without a package would only fail
  # later, and less clearly.
  packaged = fileexists(var.package)
}

resource "aws_lambda_function" "this" {
  function_name    = var.name
  description      = var.description
  role             = aws_iam_role.this.arn
  runtime          = "provided.al2023"
  handler          = "bootstrap"
  architectures    = [var.architecture]
  filename         = var.package
  source_code_hash = local.packaged ? filebase64sha256(var.package) : null
  timeout          = var.timeout
  memory_size      = var.memory

  environment {
    # Named in every call to AWS, so that CloudTrail tells who made it.
    variables = merge(var.environment, { AWS_SDK_UA_APP_ID = var.name })
  }

  logging_config {
    log_format = "Text" # the functions write JSON lines themselves
    log_group  = aws_cloudwatch_log_group.this.name
  }

  # The trace header is passed on; Lambda samples nothing by itself: its own
  # sampling needs a permission that can be given on every resource only.
  tracing_config {
    mode = "PassThrough"
  }

  lifecycle {
    precondition {
      condition     = local.packaged
      error_message = "There is no package ${var.package}: build the functions first (see the README, Deployment)."
    }
  }

  depends_on = [aws_iam_role_policy.this]
}

resource "aws_iam_role" "this" {
  name        = var.name
  description = "What ${var.name} may do."

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "lambda.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy" "this" {
  name = "own-work"
  role = aws_iam_role.this.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [for statement in concat([local.logging], var.statements) : merge(
      {
        Sid      = statement.sid
        Effect   = "Allow"
        Action   = statement.actions
        Resource = statement.resources
      },
      statement.partition_key == null ? {} : {
        Condition = { "ForAllValues:StringLike" = { "dynamodb:LeadingKeys" = statement.partition_key } }
      },
    )]
  })
}

resource "aws_cloudwatch_log_group" "this" {
  name              = "/aws/lambda/${var.name}"
  retention_in_days = var.log_retention_days
}

resource "aws_cloudwatch_metric_alarm" "errors" {
  alarm_name          = "${var.name}-errors"
  alarm_description   = "${var.name} failed as a whole (crash, timeout, start refused): its log group says why. Messages come again by themselves."
  namespace           = "AWS/Lambda"
  metric_name         = "Errors"
  dimensions          = { FunctionName = var.name }
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.errors_tolerated
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_actions
  ok_actions          = var.alarm_actions
}

resource "aws_cloudwatch_metric_alarm" "throttles" {
  alarm_name          = "${var.name}-throttles"
  alarm_description   = "${var.name} was refused concurrency: the account's limit is used up. Throttled deliveries use up receives and dead-letter healthy work."
  namespace           = "AWS/Lambda"
  metric_name         = "Throttles"
  dimensions          = { FunctionName = var.name }
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_actions
  ok_actions          = var.alarm_actions
}
