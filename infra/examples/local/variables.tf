variable "access_key" {
  description = "Credentials for the emulator."
  type        = string
  default     = "test"
}

variable "packages" {
  description = "The folder of the functions' packages."
  type        = string
  default     = "../../../target/packages"
}

variable "architecture" {
  description = "What this machine's packages were built for."
  type        = string
  default     = "x86_64"
}

variable "registry_url" {
  description = "Where the registry simulator listens."
  type        = string
}

variable "public_url" {
  description = "Where the emulator answers for the API; {api} stands for the API's id."
  type        = string
}

variable "settings" {
  description = "Further settings of the functions."
  type        = map(string)
  default     = {}
}

variable "writes_per_second" {
  description = "Calls per second that change something at the registry."
  type        = number
  default     = 50
}

variable "reads_per_second" {
  description = "Calls per second that only read at the registry."
  type        = number
  default     = 200
}

variable "call_timeout" {
  description = "Seconds that one call to the registry may take."
  type        = number
  default     = 2
}

variable "function_timeout" {
  description = "Seconds after which a run is ended; what follows from it is as short."
  type        = number
  default     = 5
}

variable "max_receives" {
  description = "Receives after which a message is given up."
  type        = number
  default     = 3
}

variable "point_in_time_recovery" {
  description = "Off where the emulator does not have it."
  type        = bool
  default     = true
}
