plugin "terraform" {
  enabled = true
  preset  = "all"
}

# Files are named after what they are about, not after main, variables, outputs.
rule "terraform_standard_module_structure" {
  enabled = false
}
