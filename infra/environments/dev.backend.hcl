# terraform init -reconfigure -backend-config=environments/dev.backend.hcl -backend-config="bucket=..."
# The bucket is what bootstrap/ made in the account of this environment. It encrypts with its own KMS key: encrypt = true would ask for
# S3's keys instead.
key          = "hybrid-relay/dev/terraform.tfstate"
region       = "eu-north-1"
use_lockfile = true
