# The bucket is given with it: -backend-config="bucket=..." (see ../README.md, "State").
key          = "hybrid-relay/dev/terraform.tfstate"
region       = "eu-north-1"
encrypt      = true
use_lockfile = true
