# Modules that had other names. Terraform moves what a deployment has under the old name to the new one; without these blocks it would destroy
# the resources and create them again. They stay for as long as somebody may have a state with the old names.

moved {
  from = module.alerts
  to   = module.alert_channels
}

moved {
  from = module.alerting
  to   = module.alerter
}

moved {
  from = module.monitoring
  to   = module.security_monitor
}

moved {
  from = module.observability
  to   = module.alarms_and_dashboard
}
