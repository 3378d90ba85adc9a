# The bucket is given with it: -backend-config="bucket=..." (see ../README.md, "State").
key          = "hybrid-relay/staging/terraform.tfstate"
region       = "eu-north-1"
encrypt      = true
use_lockfile = true
