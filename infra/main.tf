# The platform on AWS, by concern:
#
#   main.tf          what the other files share: names, times, the list of steps
#   tables.tf        histories, what is made from them, limits and tokens
#   steps.tf         one queue, dead-letter queue, function and mapping per step
#   callbacks.tf     the same for the function that calls accounts back
#   api.tf           the REST API, and the functions api and webhooks behind it
#   sweep.tf         the function that brings on what is due, every minute
#   dead_letters.tf  the function that writes what was given up into its history
#   secrets.tf       where the registry's key is, and who may read it
#   operators.tf     what people may do with the registrar command
#   alarms.tf        alarms that belong to the whole, not to one function
#   dashboard.tf     one page to look at
#
# It has no provider block: examples/local, staging and production are the three
# ways to use it.

data "aws_caller_identity" "here" {}
data "aws_partition" "here" {}
data "aws_region" "here" {}

locals {
  name   = "${var.name}-${var.stage}"
  prefix = "${local.name}-"

  # `registrar steps --json` writes this file from the sequence itself; a test
  # of the project fails when they differ.
  steps = jsondecode(file("${path.module}/steps.json"))

  # Functions in the order of their first step: several steps may share one.
  step_functions = distinct(local.steps[*].function)
  step_names     = { for step in local.steps : step.function => step.step... }

  # call < function < lease < visibility < rescue: a lease outlives the run that
  # holds it; a message comes again when the lease has ended; only after that is
  # its registration rescued. The functions check the same at their start.
  lease        = ceil(1.25 * var.function_timeout)
  visibility   = 6 * var.function_timeout
  rescue_after = 7 * var.function_timeout

  account    = data.aws_caller_identity.here.account_id
  region     = data.aws_region.here.name
  arn_region = "${local.region}:${local.account}"
  sqs_arn    = "arn:${data.aws_partition.here.partition}:sqs:${local.arn_region}:${local.prefix}"

  package = { for function in concat(local.step_functions, ["callbacks", "api", "webhooks", "sweep", "dead-letters"]) :
    function => "${var.packages}/${function}/bootstrap.zip"
  }

  environment = merge(var.settings, {
    REGISTRAR_STAGE               = var.stage
    REGISTRAR_EVENTS_TABLE        = aws_dynamodb_table.events.name
    REGISTRAR_REGISTRATIONS_TABLE = aws_dynamodb_table.registrations.name
    REGISTRAR_CONTROLS_TABLE      = aws_dynamodb_table.controls.name
    REGISTRAR_CALL_TIMEOUT        = tostring(var.call_timeout)
    REGISTRAR_FUNCTION_TIMEOUT    = tostring(var.function_timeout)
    REGISTRAR_LEASE               = tostring(local.lease)
    REGISTRAR_VISIBILITY          = tostring(local.visibility)
    REGISTRAR_RESCUE_AFTER        = tostring(local.rescue_after)
    REGISTRAR_WRITES_PER_SECOND   = tostring(var.writes_per_second)
    REGISTRAR_READS_PER_SECOND    = tostring(var.reads_per_second)
    REGISTRAR_LOG                 = var.log
  })

  # A function that feeds queues needs all of them.
  queues = {
    REGISTRAR_QUEUE_URL_PREFIX = module.step[local.step_functions[0]].queue_url_prefix
  }
}
