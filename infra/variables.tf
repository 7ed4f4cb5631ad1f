# ---------------------------------------------------------------- what it is

variable "name" {
  description = "What the names of everything begin with."
  type        = string
  default     = "registrar"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,19}$", var.name))
    error_message = "name: 1 to 20 lower-case letters, digits and hyphens, a letter first."
  }
}

variable "stage" {
  description = "The deployment: part of all names, and of the API's URL."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{0,15}$", var.stage))
    error_message = "stage: 1 to 16 lower-case letters and digits, a letter first."
  }
}

# ------------------------------------------------------------- the functions

variable "packages" {
  description = "The folder of the functions' packages, one <function>/bootstrap.zip each, as cargo-lambda lays them out."
  type        = string
}

variable "architecture" {
  description = "What the packages were built for: arm64 (a fifth cheaper) or x86_64."
  type        = string
  default     = "arm64"

  validation {
    condition     = contains(["arm64", "x86_64"], var.architecture)
    error_message = "architecture: arm64 or x86_64."
  }
}

variable "memory" {
  description = "MB of each function. They wait for others nearly all the time."
  type        = number
  default     = 128

  validation {
    condition     = var.memory >= 128 && var.memory <= 10240
    error_message = "memory: 128 to 10240 MB."
  }
}

variable "settings" {
  description = "Further settings of the functions, such as REGISTRAR_FIRST_LOOK (see platform::configuration), and the AWS_ENDPOINT_URL of an emulator. Never a secret."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for name in keys(var.settings) : can(regex("^(REGISTRAR_[A-Z_]+|AWS_ENDPOINT_URL)$", name))])
    error_message = "settings: only REGISTRAR_… and AWS_ENDPOINT_URL."
  }

  validation {
    condition     = !contains(keys(var.settings), "REGISTRAR_REGISTRY_KEY")
    error_message = "settings: the registry's key is a secret. It is named by registry_key_parameter and read by the functions themselves."
  }
}

variable "log" {
  description = "What the functions log: a tracing filter, such as info or platform=debug,info."
  type        = string
  default     = "info"
}

variable "log_retention_days" {
  description = "Days that logs are kept. The audit trail is the events table; logs are for finding faults."
  type        = number
  default     = 30

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days: one of the spans that CloudWatch Logs has, such as 30, 90 or 365."
  }
}

# --------------------------------------------------------------- the registry

variable "registry_url" {
  description = "The registry's base address; null: the registry's own."
  type        = string
  default     = null
}

variable "registry_key_parameter" {
  description = "Name of the SSM parameter (SecureString) with the registry's API key; null: /<name>/<stage>/registry-key. It is made outside Terraform, see secrets.tf."
  type        = string
  default     = null

  validation {
    condition     = can(regex("^/[a-zA-Z0-9_./-]+$", coalesce(var.registry_key_parameter, "/x")))
    error_message = "registry_key_parameter: a parameter's full name, beginning with a slash."
  }
}

variable "registry_public_key_parameter" {
  description = "Name of the SSM parameter with the public key that signs the registry's webhooks; null: /<name>/<stage>/registry-public-key."
  type        = string
  default     = null

  validation {
    condition     = can(regex("^/[a-zA-Z0-9_./-]+$", coalesce(var.registry_public_key_parameter, "/x")))
    error_message = "registry_public_key_parameter: a parameter's full name, beginning with a slash."
  }
}

variable "writes_per_second" {
  description = "Calls per second that change something, for the whole registry account (The Campaign Registry: 2)."
  type        = number
  default     = 2

  validation {
    condition     = var.writes_per_second > 0 && var.writes_per_second <= 1000
    error_message = "writes_per_second: above 0, up to 1000."
  }
}

variable "reads_per_second" {
  description = "Calls per second that only read (The Campaign Registry: 20)."
  type        = number
  default     = 20

  validation {
    condition     = var.reads_per_second > 0 && var.reads_per_second <= 1000
    error_message = "reads_per_second: above 0, up to 1000."
  }
}

variable "latency_p99" {
  description = "Seconds that all but one in a hundred calls to the registry take at most. With the rate it makes the concurrency: ceil(rate x latency) + 1, at least 2."
  type        = number
  default     = 2

  validation {
    condition     = var.latency_p99 > 0 && var.latency_p99 <= 60
    error_message = "latency_p99: above 0, up to 60 seconds."
  }
}

variable "vetting" {
  description = "The vetting that is ordered for a brand whose use case needs one and whose order names none: provider/class; none: the account is asked for one."
  type        = string
  default     = "AEGIS/STANDARD"

  validation {
    condition     = can(regex("^(none|[^/]+/[^/]+)$", var.vetting))
    error_message = "vetting: a provider and a class, such as AEGIS/STANDARD, or none."
  }
}

variable "campaigns_editable" {
  description = "Whether the registry takes changes of a campaign that was refused; false: such a campaign can only be appealed. Telnyx's documents disagree."
  type        = bool
  default     = true
}

# ----------------------------------------------------------------- callbacks

variable "callbacks_per_second" {
  description = "Callbacks per second to be made in the long run. With the latency it makes the concurrency, as for the registry."
  type        = number
  default     = 2

  validation {
    condition     = var.callbacks_per_second > 0 && var.callbacks_per_second <= 1000
    error_message = "callbacks_per_second: above 0, up to 1000."
  }
}

variable "callback_latency_p99" {
  description = "Seconds that all but one in a hundred callbacks take at most. A call ends after 10, or after half of function_timeout."
  type        = number
  default     = 4

  validation {
    condition     = var.callback_latency_p99 > 0 && var.callback_latency_p99 <= 10
    error_message = "callback_latency_p99: above 0, up to 10 seconds."
  }
}

# ---------------------------------------------------------------------- times

variable "call_timeout" {
  description = "Seconds that one call to the registry may take."
  type        = number
  default     = 20

  validation {
    condition     = var.call_timeout > 0
    error_message = "call_timeout: above 0."
  }
}

variable "function_timeout" {
  description = "Seconds after which Lambda ends a run of a step. The lease (1.25 times), the visibility timeout (6 times) and the time of a rescue (7 times) follow from it."
  type        = number
  default     = 60

  validation {
    condition     = floor(var.function_timeout) == var.function_timeout && var.function_timeout <= 900
    error_message = "function_timeout: whole seconds, up to 900."
  }

  # A run makes at most two calls: it looks a lost submission up, then submits.
  validation {
    condition     = var.function_timeout > 2 * var.call_timeout
    error_message = "function_timeout: longer than two calls (2 x call_timeout), or a run could be killed in the middle of one that only runs long."
  }
}

variable "max_receives" {
  description = "Receives without an acknowledgement after which a message is given up. Only crashes count here."
  type        = number
  default     = 5
}

variable "batch_size" {
  description = "Messages that one run of a step function takes and works on at the same time."
  type        = number
  default     = 10
}

variable "sweep_every_minutes" {
  description = "Minutes between two runs of the sweep."
  type        = number
  default     = 1

  validation {
    condition     = floor(var.sweep_every_minutes) == var.sweep_every_minutes && var.sweep_every_minutes >= 1 && var.sweep_every_minutes <= 60
    error_message = "sweep_every_minutes: 1 to 60, whole."
  }
}

# -------------------------------------------------------------------- the API

variable "public_url" {
  description = "The address under which callers and the registry's webhooks reach the API, if not its own: a custom domain, or an emulator's. {api} stands for the API's id."
  type        = string
  default     = null
}

variable "api_requests_per_second" {
  description = "Requests per second that the API takes in the long run; more are answered 429 before a function runs."
  type        = number
  default     = 50
}

variable "api_burst" {
  description = "Requests that the API takes at once."
  type        = number
  default     = 100
}

variable "api_logging_role" {
  description = "True: give API Gateway the account's role for writing logs. It is one per account and region: false where another deployment has set it."
  type        = bool
  default     = true
}

# ----------------------------------------------------------------- safeguards

variable "deletion_protection" {
  description = "Whether tables refuse to be deleted. Off only where histories may be lost."
  type        = bool
  default     = true
}

variable "point_in_time_recovery" {
  description = "Whether tables can be restored to any second of the last 35 days. Off only where histories may be lost."
  type        = bool
  default     = true
}

variable "kms_key_arn" {
  description = "A key of your own for the tables; null: the account's key aws/dynamodb. The functions' roles are then given that key through DynamoDB only."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_arn == null || can(regex("^arn:[a-z-]+:kms:", var.kms_key_arn))
    error_message = "kms_key_arn: the ARN of a KMS key."
  }
}

variable "oldest_message_seconds" {
  description = "Seconds that a message may wait in a queue before an alarm is raised."
  type        = number
  default     = 3600
}

variable "alarm_actions" {
  description = "ARNs (an SNS topic, for example) that are told of every alarm and of its end."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for arn in var.alarm_actions : startswith(arn, "arn:")])
    error_message = "alarm_actions: ARNs."
  }
}
