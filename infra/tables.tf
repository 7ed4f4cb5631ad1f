# The three tables. What is in them, and why, is told in the README's "Tables".
#
# No function's role holds UpdateItem, DeleteItem or BatchWriteItem on events:
# a history is only ever added to (see `grants` below).

resource "aws_dynamodb_table" "events" {
  name                        = "${local.prefix}events"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "registration_id"
  range_key                   = "seq"
  deletion_protection_enabled = var.deletion_protection

  attribute {
    name = "registration_id"
    type = "S"
  }

  attribute {
    name = "seq"
    type = "N"
  }

  point_in_time_recovery {
    enabled = var.point_in_time_recovery
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = var.kms_key_arn
  }
}

resource "aws_dynamodb_table" "registrations" {
  name                        = "${local.prefix}registrations"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "registration_id"
  deletion_protection_enabled = var.deletion_protection

  attribute {
    name = "registration_id"
    type = "S"
  }

  dynamic "attribute" {
    for_each = merge([for index in local.indexes : index.keys]...)

    content {
      name = attribute.key
      type = attribute.value
    }
  }

  # Sparse and keys only: an item without an index's attributes is not in it,
  # and a write that changes none of them costs nothing there.
  dynamic "global_secondary_index" {
    for_each = local.indexes

    content {
      name            = global_secondary_index.key
      hash_key        = global_secondary_index.value.hash
      range_key       = global_secondary_index.value.range
      projection_type = "KEYS_ONLY"
    }
  }

  point_in_time_recovery {
    enabled = var.point_in_time_recovery
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = var.kms_key_arn
  }
}

resource "aws_dynamodb_table" "controls" {
  name                        = "${local.prefix}controls"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "kind"
  range_key                   = "name"
  deletion_protection_enabled = var.deletion_protection

  attribute {
    name = "kind"
    type = "S"
  }

  attribute {
    name = "name"
    type = "S"
  }

  # Only idempotency keys carry it.
  ttl {
    attribute_name = "expires_at"
    enabled        = true
  }

  point_in_time_recovery {
    enabled = var.point_in_time_recovery
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = var.kms_key_arn
  }
}

locals {
  indexes = {
    by-account = { hash = "listed_account", range = "registration_id", keys = { listed_account = "S" } }
    by-status  = { hash = "listed_status", range = "registration_id", keys = { listed_status = "S" } }
    by-due     = { hash = "due_shard", range = "due_at", keys = { due_shard = "S", due_at = "N" } }
  }

  # What the functions' roles are made of. Controls are told apart by their
  # partition key, so that no step can make a token and no caller move a limit.
  grants = {
    read_history = {
      sid       = "ReadHistories"
      actions   = ["dynamodb:GetItem", "dynamodb:Query"]
      resources = [aws_dynamodb_table.events.arn]
    }
    add_history = {
      sid       = "AddToHistories"
      actions   = ["dynamodb:PutItem"]
      resources = [aws_dynamodb_table.events.arn]
    }
    read_rows = {
      sid       = "ReadRegistrations"
      actions   = ["dynamodb:GetItem", "dynamodb:BatchGetItem"]
      resources = [aws_dynamodb_table.registrations.arn]
    }
    move_rows = {
      sid       = "MoveRegistrations"
      actions   = ["dynamodb:PutItem", "dynamodb:UpdateItem"]
      resources = [aws_dynamodb_table.registrations.arn]
    }
    list_rows = {
      sid       = "ListRegistrations"
      actions   = ["dynamodb:Query"]
      resources = [for index in ["by-account", "by-status"] : "${aws_dynamodb_table.registrations.arn}/index/${index}"]
    }
    list_due = {
      sid       = "ListDue"
      actions   = ["dynamodb:Query"]
      resources = ["${aws_dynamodb_table.registrations.arn}/index/by-due"]
    }
    take_slots = {
      sid           = "TakeSlots"
      actions       = ["dynamodb:UpdateItem"]
      resources     = [aws_dynamodb_table.controls.arn]
      partition_key = ["limit"]
    }
    read_limits = {
      sid           = "ReadLimits"
      actions       = ["dynamodb:GetItem"]
      resources     = [aws_dynamodb_table.controls.arn]
      partition_key = ["limit"]
    }
    check_callers = {
      sid           = "CheckCallers"
      actions       = ["dynamodb:GetItem"]
      resources     = [aws_dynamodb_table.controls.arn]
      partition_key = ["token", "idempotency"]
    }
    keep_keys = {
      sid           = "KeepIdempotencyKeys"
      actions       = ["dynamodb:PutItem"]
      resources     = [aws_dynamodb_table.controls.arn]
      partition_key = ["idempotency"]
    }
    # How often a person's phone was sent something.
    use_allowances = {
      sid           = "UseAllowances"
      actions       = ["dynamodb:GetItem", "dynamodb:PutItem"]
      resources     = [aws_dynamodb_table.controls.arn]
      partition_key = ["allowance"]
    }
    # What belongs to one registration, where orders meet.
    keep_claims = {
      sid           = "KeepClaims"
      actions       = ["dynamodb:BatchGetItem", "dynamodb:Query", "dynamodb:PutItem"]
      resources     = [aws_dynamodb_table.controls.arn]
      partition_key = ["claim/*"]
    }
    # Whether an account has a callback, and its secret to sign with. Whoever adds
    # to histories asks for the first; only the function callbacks uses the second.
    read_callbacks = {
      sid           = "ReadCallbacks"
      actions       = ["dynamodb:GetItem"]
      resources     = [aws_dynamodb_table.controls.arn]
      partition_key = ["callback"]
    }
    keep_callbacks = {
      sid           = "KeepCallbacks"
      actions       = ["dynamodb:PutItem", "dynamodb:DeleteItem"]
      resources     = [aws_dynamodb_table.controls.arn]
      partition_key = ["callback"]
    }
    send = {
      sid       = "SendToQueues"
      actions   = ["sqs:SendMessage"]
      resources = [for function in concat(local.step_functions, ["callbacks"]) : "${local.sqs_arn}${function}"]
    }
    # Only with a key of one's own: the key aws/dynamodb lets the whole account
    # use it through DynamoDB.
    key = var.kms_key_arn == null ? [] : [{
      sid       = "TablesKey"
      actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
      resources = [var.kms_key_arn]
    }]
  }
}
