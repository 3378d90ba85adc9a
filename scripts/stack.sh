# shellcheck shell=bash
# Shared by the scripts that deploy: which environment, with which state. Sourced, not run.

need_command() {
  if ! command -v "$1" >/dev/null; then
    echo "$1 is missing: $2" >&2
    exit 2
  fi
}

# The environment given to the script; its settings are in infra/environments.
choose_environment() {
  ENVIRONMENT="${1:-}"
  if [[ ! "$ENVIRONMENT" =~ ^[a-z]+$ || ! -f "infra/environments/$ENVIRONMENT.tfvars" ]]; then
    echo "usage: $(basename "$0") ENVIRONMENT, one of:" infra/environments/*.tfvars >&2
    exit 2
  fi
  # Relative paths are seen from infra/. The scripts that source this use them.
  # shellcheck disable=SC2034
  VARIABLES="environments/$ENVIRONMENT.tfvars"
  # shellcheck disable=SC2034
  OUTPUTS="target/stacks/$ENVIRONMENT.json"
  # Each environment has a working folder of its own, so that none is initialized with another's state.
  TF_DATA_DIR="$PWD/target/stacks/$ENVIRONMENT.terraform"
  export TF_DATA_DIR
  mkdir -p "$TF_DATA_DIR"
}

# Terraform, with the environment's state in the bucket that HYBRID_STATE_BUCKET names.
open_state() {
  need_terraform
  need_command aws "install the AWS CLI, version 2 (https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html)"
  if [[ -z "${HYBRID_STATE_BUCKET:-}" ]]; then
    echo "HYBRID_STATE_BUCKET is not set: name the bucket that keeps the state (docs/DEPLOY.md, step 2)." >&2
    exit 2
  fi
  say "the state of $ENVIRONMENT in $HYBRID_STATE_BUCKET, as $(aws sts get-caller-identity --query Arn --output text)"
  cp infra/environments/backend.tf.example infra/backend_override.tf
  terraform -chdir=infra init -input=false -backend-config="environments/$ENVIRONMENT.backend.hcl" -backend-config="bucket=$HYBRID_STATE_BUCKET"
}

stack_output() { terraform -chdir=infra output -raw "$1" 2>/dev/null; }

# Waits for the word that only somebody who means it types.
ask_for() {
  local answer
  read -r -p "$2: " answer
  if [[ "$answer" != "$1" ]]; then
    echo "Nothing was done." >&2
    exit 1
  fi
}
