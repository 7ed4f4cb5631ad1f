# The registry's API key, and the public key that signs its webhooks.
#
# They are SSM parameters that Terraform only names. Whoever deploys makes them,
# once per stage, before the first apply:
#
#   aws ssm put-parameter --type SecureString --name /registrar/staging/registry-key --value …
#   aws ssm put-parameter --type SecureString --name /registrar/staging/registry-public-key --value …
#
# Why not a resource: with `ignore_changes` a refresh still reads the value into
# the state; a write-only value needs Terraform 1.11. This way it is in neither
# plan nor state, whatever the version, and rotating it needs no Terraform: put
# it again with --overwrite, and it is read at the next start of a function.
#
# A function reads only what is named in its settings, at its start, and stops
# there with a sentence when it is missing. Both are encrypted with the account's
# key aws/ssm, which the account may use through SSM.

locals {
  registry_key        = coalesce(var.registry_key_parameter, "/${var.name}/${var.stage}/registry-key")
  registry_public_key = coalesce(var.registry_public_key_parameter, "/${var.name}/${var.stage}/registry-public-key")
  parameter_arn       = "arn:${data.aws_partition.here.partition}:ssm:${local.arn_region}:parameter"

  registry_url = var.registry_url == null ? {} : { REGISTRAR_REGISTRY_URL = var.registry_url }

  # For functions that call the registry.
  registry = merge(local.registry_url, {
    REGISTRAR_REGISTRY_KEY_PARAMETER        = local.registry_key
    REGISTRAR_REGISTRY_PUBLIC_KEY_PARAMETER = local.registry_public_key
    REGISTRAR_VETTING                       = var.vetting
    REGISTRAR_CAMPAIGNS_EDITABLE            = tostring(var.campaigns_editable)
  })

  # For the function that only hears from it.
  webhook_registry = merge(local.registry_url, {
    REGISTRAR_REGISTRY_PUBLIC_KEY_PARAMETER = local.registry_public_key
  })

  secrets = {
    registry = {
      sid       = "RegistryKeys"
      actions   = ["ssm:GetParameter"]
      resources = ["${local.parameter_arn}${local.registry_key}", "${local.parameter_arn}${local.registry_public_key}"]
    }
    webhooks = {
      sid       = "WebhookKey"
      actions   = ["ssm:GetParameter"]
      resources = ["${local.parameter_arn}${local.registry_public_key}"]
    }
  }
}
