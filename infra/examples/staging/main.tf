# The platform as staging. Before the first apply: the registry's keys, as told in
# secrets.tf, and the packages.
#
#   cargo packages --arm64
#   terraform init
#   terraform apply

terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }

  # The state holds no secret, but whoever holds it can destroy the stage: keep
  # it where your team keeps states.
  # backend "s3" { bucket = "…", key = "registrar/staging", use_lockfile = true }
}

provider "aws" {
  region = "us-east-1"

  default_tags {
    tags = { service = "registrar", stage = "staging" }
  }
}

variable "architecture" {
  description = "What the packages were built for: arm64 (a fifth cheaper) or x86_64."
  type        = string
  default     = "arm64"
}

module "registrar" {
  source = "../.."

  stage        = "staging"
  packages     = "../../../target/packages"
  architecture = var.architecture

  # What the registry allows this account; the lower number where two are said.
  writes_per_second = 2
  reads_per_second  = 20

  log_retention_days  = 30
  deletion_protection = false
  alarm_actions       = [aws_sns_topic.alarms.arn]
}

# Whoever is on duty subscribes here.
resource "aws_sns_topic" "alarms" {
  name              = "registrar-staging-alarms"
  kms_master_key_id = aws_kms_key.alarms.id
}

# CloudWatch may publish to an encrypted topic only with a key that says so; the
# account's key aws/sns does not.
resource "aws_kms_key" "alarms" {
  description             = "Encrypts the alarms of registrar, staging."
  enable_key_rotation     = true
  deletion_window_in_days = 7

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "Account"
        Effect    = "Allow"
        Principal = { AWS = "arn:aws:iam::${data.aws_caller_identity.here.account_id}:root" }
        Action    = "kms:*"
        Resource  = "*"
      },
      {
        Sid       = "Alarms"
        Effect    = "Allow"
        Principal = { Service = "cloudwatch.amazonaws.com" }
        Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource  = "*"
      },
    ]
  })
}

data "aws_caller_identity" "here" {}

output "api_url" {
  description = "Where the API answers."
  value       = module.registrar.api_url
}

output "parameters" {
  description = "Names of the SSM parameters that must hold the registry's keys."
  value       = module.registrar.parameters
}

output "alarms_topic" {
  description = "Subscribe here to be told of alarms."
  value       = aws_sns_topic.alarms.arn
}
