# What people may do who run the `registrar` command on this stage: read
# everything, add decisions to histories (never change or delete one), slow the
# registry's limits down, keep tokens, and put dead letters back. They call no
# registry and read no key of it: what they decide is carried out by the functions.
#
# A managed policy, to be attached to whatever group or role operators have.

locals {
  dead_arns = [for queue in local.grants.send.resources : "${queue}-dead"]
}

resource "aws_iam_policy" "operators" {
  name        = "${local.prefix}operators"
  description = "What operators of ${local.name} may do with the registrar command."

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [for statement in concat([
      local.grants.read_history,
      local.grants.add_history,
      local.grants.read_rows,
      local.grants.move_rows,
      local.grants.list_rows,
      local.grants.keep_claims,
      local.grants.use_allowances,
      local.grants.read_callbacks,
      local.grants.send,
      {
        sid       = "FindQueues"
        actions   = ["sqs:GetQueueUrl", "sqs:GetQueueAttributes"]
        resources = concat(local.grants.send.resources, local.dead_arns)
      },
      {
        sid       = "RedriveDeadLetters"
        actions   = ["sqs:ReceiveMessage", "sqs:ChangeMessageVisibility", "sqs:DeleteMessage"]
        resources = local.dead_arns
      },
      {
        sid           = "ChangeLimits"
        actions       = ["dynamodb:GetItem", "dynamodb:UpdateItem"]
        resources     = [aws_dynamodb_table.controls.arn]
        partition_key = ["limit"]
      },
      {
        sid           = "KeepTokens"
        actions       = ["dynamodb:Query", "dynamodb:PutItem", "dynamodb:DeleteItem"]
        resources     = [aws_dynamodb_table.controls.arn]
        partition_key = ["token"]
      },
      ], local.grants.key) : merge(
      {
        Sid      = statement.sid
        Effect   = "Allow"
        Action   = statement.actions
        Resource = statement.resources
      },
      try(statement.partition_key, null) == null ? {} : {
        Condition = { "ForAllValues:StringLike" = { "dynamodb:LeadingKeys" = statement.partition_key } }
      },
    )]
  })
}
