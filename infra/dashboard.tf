# One page: is anything stuck, is anything failing, how fast does it go.

locals {
  all_functions = concat(
    [for function in local.step_functions : "${local.prefix}${function}"],
    [for function in ["callbacks", "api", "webhooks", "sweep", "dead-letters"] : "${local.prefix}${function}"],
  )

  graph = { region = local.region, view = "timeSeries", period = 60 }

  widgets = [
    {
      title   = "Rescued, stalled, given up", stat = "Maximum",
      metrics = [for metric in ["Rescues", "Stalled", "DeadLettered"] : [local.namespace, metric, "Stage", var.stage]]
    },
    {
      title   = "Due at the sweep", stat = "Sum",
      metrics = [for metric in ["Looks", "Queued", "Callbacks"] : [local.namespace, metric, "Stage", var.stage]]
    },
    {
      title   = "Oldest message, seconds", stat = "Maximum",
      metrics = [for function in local.queued : ["AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", function.queue.name]]
    },
    {
      title   = "Messages waiting", stat = "Maximum",
      metrics = [for function in local.queued : ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", function.queue.name]]
    },
    {
      title = "Dead letters", stat = "Maximum",
      metrics = concat(
        [for function in local.queued : ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", function.dead.name]],
        [for function in local.queued : ["AWS/SQS", "ApproximateNumberOfMessagesNotVisible", "QueueName", function.dead.name]],
      )
    },
    {
      title   = "Runs in flight", stat = "Maximum",
      metrics = [for name in local.all_functions : ["AWS/Lambda", "ConcurrentExecutions", "FunctionName", name]]
    },
    {
      title   = "Failed runs", stat = "Sum",
      metrics = [for name in local.all_functions : ["AWS/Lambda", "Errors", "FunctionName", name]]
    },
    {
      title   = "Longest of 100 runs, milliseconds", stat = "p99",
      metrics = [for name in local.all_functions : ["AWS/Lambda", "Duration", "FunctionName", name]]
    },
    {
      title   = "Callbacks", stat = "Sum",
      metrics = [for metric in ["CallbacksDelivered", "CallbacksFailed", "CallbacksAbandoned"] : [local.namespace, metric, "Stage", var.stage]]
    },
    {
      title   = "API: requests and refusals", stat = "Sum",
      metrics = [for metric in ["Count", "4XXError", "5XXError"] : ["AWS/ApiGateway", metric, "ApiName", local.name, "Stage", var.stage]]
    },
    {
      title   = "API: p99, milliseconds", stat = "p99",
      metrics = [["AWS/ApiGateway", "Latency", "ApiName", local.name, "Stage", var.stage]]
    },
    {
      title = "Write units", stat = "Sum",
      metrics = [for table in [aws_dynamodb_table.events, aws_dynamodb_table.registrations, aws_dynamodb_table.controls] :
        ["AWS/DynamoDB", "ConsumedWriteCapacityUnits", "TableName", table.name]
      ]
    },
  ]
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = local.name

  dashboard_body = jsonencode({
    widgets = [for place, widget in local.widgets : {
      type       = "metric"
      width      = 12
      height     = 6
      x          = 12 * (place % 2)
      y          = 6 * floor(place / 2)
      properties = merge(local.graph, widget)
    }]
  })
}
