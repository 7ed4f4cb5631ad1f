# The platform on an AWS emulator: everything as it is in staging, with the
# emulator's address and nothing else to set. The address is AWS_ENDPOINT_URL,
# which provider and functions read alike:
#
#   AWS_ENDPOINT_URL=http://127.0.0.1:4566 terraform apply
#
# tests/aws does this, drives orders through it, and destroys it again.

terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }

  backend "local" {}
}

provider "aws" {
  region = "us-east-1"

  # An emulator has no account to ask; any credentials do.
  access_key                  = var.access_key
  secret_key                  = var.access_key
  skip_credentials_validation = true
  skip_metadata_api_check     = true
}

module "registrar" {
  source = "../.."

  stage        = "local"
  packages     = var.packages
  architecture = var.architecture
  registry_url = var.registry_url
  public_url   = var.public_url
  settings     = var.settings

  writes_per_second = var.writes_per_second
  reads_per_second  = var.reads_per_second
  call_timeout      = var.call_timeout
  function_timeout  = var.function_timeout
  max_receives      = var.max_receives

  # Nothing here is kept.
  deletion_protection    = false
  point_in_time_recovery = var.point_in_time_recovery
  log_retention_days     = 1
}

output "registrar" {
  description = "Everything that the platform's root module says."
  value       = module.registrar
}
