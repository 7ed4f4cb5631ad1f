variable "prefix" {
  description = "What the names of everything in this deployment begin with."
  type        = string
}

variable "function" {
  description = "The step function: `function` in the list of steps, such as register-brand."
  type        = string
}

variable "description" {
  description = "What it does."
  type        = string
}

variable "queue_arn_prefix" {
  description = "What the ARNs of all step queues begin with; the function's name follows."
  type        = string
}

variable "package" {
  description = "Path of the zip that holds the function's `bootstrap`."
  type        = string
}

variable "architecture" {
  description = "What the package was built for: arm64 or x86_64."
  type        = string
}

variable "timeout" {
  description = "Seconds after which Lambda ends a run."
  type        = number
}

variable "memory" {
  description = "MB of the function."
  type        = number
}

variable "visibility" {
  description = "Seconds until a message that no run acknowledged comes again: at least six times the timeout."
  type        = number

  validation {
    condition     = var.visibility <= 43200
    error_message = "SQS hides a message for 12 hours at most: shorten the function's timeout."
  }
}

variable "dead_visibility" {
  description = "Seconds until a dead letter that could not be read is tried again."
  type        = number
}

variable "max_receives" {
  description = "Receives without an acknowledgement after which a message is given up."
  type        = number

  validation {
    condition     = var.max_receives >= 2 && var.max_receives <= 1000
    error_message = "A message is received 2 to 1000 times: with 1, the first crash would give it up."
  }
}

variable "batch_size" {
  description = "Messages that one run takes; the function works on them at the same time."
  type        = number

  validation {
    condition     = var.batch_size >= 1 && var.batch_size <= 10
    error_message = "SQS gives up to 10 messages without a batching window."
  }
}

variable "rate" {
  description = "Calls per second that the registry allows."
  type        = number
}

variable "latency_p99" {
  description = "Seconds that all but one in a hundred of these calls take at most."
  type        = number
}

variable "environment" {
  description = "The function's settings, without its queues."
  type        = map(string)
}

variable "statements" {
  description = "What the function may do beside working off its own queue and writing its own log."
  type = list(object({
    sid       = string
    actions   = list(string)
    resources = list(string)
    # On a table: only items with one of these partition keys.
    partition_key = optional(list(string))
  }))
}

variable "log_retention_days" {
  description = "Days that the log is kept."
  type        = number
}

variable "oldest_message" {
  description = "Seconds that a message may wait before an alarm is raised."
  type        = number
}

variable "alarm_actions" {
  description = "ARNs that are told of an alarm and of its end."
  type        = list(string)
}
