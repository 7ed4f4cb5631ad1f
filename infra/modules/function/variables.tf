variable "name" {
  description = "The function's full name, which is also its role's."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9-]{1,64}$", var.name))
    error_message = "A function's name is 1 to 64 lower-case letters, digits and hyphens."
  }
}

variable "description" {
  description = "What it does, for whoever finds it in the console."
  type        = string
}

variable "package" {
  description = "Path of the zip that holds its `bootstrap`."
  type        = string
}

variable "architecture" {
  description = "What the package was built for: arm64 or x86_64."
  type        = string

  validation {
    condition     = contains(["arm64", "x86_64"], var.architecture)
    error_message = "The architecture is arm64 or x86_64."
  }
}

variable "timeout" {
  description = "Seconds after which Lambda ends a run."
  type        = number

  validation {
    condition     = var.timeout >= 1 && var.timeout <= 900
    error_message = "Lambda takes timeouts from 1 to 900 seconds."
  }
}

variable "memory" {
  description = "MB; processor time comes in proportion."
  type        = number

  validation {
    condition     = var.memory >= 128 && var.memory <= 10240
    error_message = "Lambda takes 128 to 10240 MB."
  }
}

variable "environment" {
  description = "Its settings. No secret belongs here: a secret is named, and read at the start."
  type        = map(string)
}

variable "statements" {
  description = "What its role may do beside writing its own log: exact actions on exact resources."
  type = list(object({
    sid       = string
    actions   = list(string)
    resources = list(string)
    # On a table: only items with one of these partition keys.
    partition_key = optional(list(string))
  }))

  validation {
    condition     = alltrue([for action in flatten(var.statements[*].actions) : !strcontains(action, "*")])
    error_message = "An action with a wildcard is more than this function needs."
  }

  validation {
    condition     = alltrue([for statement in var.statements : length(statement.resources) > 0 && !contains(statement.resources, "*")])
    error_message = "Every statement names its resources."
  }
}

variable "log_retention_days" {
  description = "Days that its log is kept."
  type        = number
}

variable "errors_tolerated" {
  description = "Failed runs in five minutes that raise no alarm."
  type        = number
  default     = 0
}

variable "alarm_actions" {
  description = "ARNs that are told of an alarm and of its end."
  type        = list(string)
}
