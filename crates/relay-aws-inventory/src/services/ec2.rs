//! EC2: security groups, and whether new EBS volumes are encrypted.

use aws_config::SdkConfig;
use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{IpPermission, SecurityGroup};
use relay_monitor::{Facts, OpenIngress, Reading, Resource, SecurityGroupFacts, VolumeDefaultsFacts};

use crate::actions::{EC2_GROUPS, EC2_VOLUMES};
use crate::pages::{Found, Page, all_pages};
use crate::scope::{Scope, reading};

const PAGE_GROUPS: i32 = 1_000;
const WORLD_4: &str = "0.0.0.0/0";
const WORLD_6: &str = "::/0";

/// All security groups of the region, and the defaults of its volumes.
pub(crate) async fn read(scope: &Scope, config: &SdkConfig) -> Found {
    let client = Client::new(config);
    let listed = all_pages(scope, async |token| {
        let request = client
            .describe_security_groups()
            .max_results(PAGE_GROUPS)
            .set_next_token(token);
        let answer = scope.ask(request.send()).await?;
        Ok(Page {
            next: answer.next_token().map(str::to_owned),
            items: answer.security_groups.unwrap_or_default(),
        })
    })
    .await;
    let mut found = Found::listed("ec2", EC2_GROUPS, listed, |group| security_group(scope, &group));
    let answer = scope.ask(client.get_ebs_encryption_by_default().send()).await;
    let encrypted = answer.map(|answer| answer.ebs_encryption_by_default() == Some(true));
    found.add(Found::one(Resource {
        arn: scope.arn("ec2", "volume/*"),
        name: format!("EBS volumes in {}", scope.region),
        facts: Facts::VolumeDefaults(VolumeDefaultsFacts {
            encrypted_by_default: reading(EC2_VOLUMES, encrypted),
        }),
    }));
    found
}

fn security_group(scope: &Scope, group: &SecurityGroup) -> Option<Resource> {
    let id = group.group_id()?;
    let mut open: Vec<_> = group.ip_permissions().iter().flat_map(open_ingress).collect();
    open.sort();
    let name = match group.group_name() {
        Some(name) => format!("{name} ({id})"),
        None => id.to_owned(),
    };
    Some(Resource {
        arn: scope.arn("ec2", &format!("security-group/{id}")),
        name,
        facts: Facts::SecurityGroup(SecurityGroupFacts {
            open_ingress: Reading::Read(open),
        }),
    })
}

fn open_ingress(rule: &IpPermission) -> Vec<OpenIngress> {
    let four = rule.ip_ranges().iter().filter_map(|range| range.cidr_ip());
    let six = rule.ipv6_ranges().iter().filter_map(|range| range.cidr_ipv6());
    let protocol = rule.ip_protocol().unwrap_or("-1");
    four.chain(six)
        .filter(|range| [WORLD_4, WORLD_6].contains(range))
        .map(|range| OpenIngress {
            protocol: protocol.to_owned(),
            ports: ports(protocol, rule.from_port(), rule.to_port()),
            from: range.to_owned(),
        })
        .collect()
}

// Only TCP and UDP have ports; for ICMP these members are type and code ("IpPermission", Amazon EC2 API Reference).
fn ports(protocol: &str, from: Option<i32>, to: Option<i32>) -> Option<(u16, u16)> {
    let has_ports = ["tcp", "udp", "6", "17"].contains(&protocol);
    let port = |port: Option<i32>| u16::try_from(port?).ok();
    match (port(from), port(to)) {
        (Some(from), Some(to)) if has_ports => Some((from, to)),
        _ => None,
    }
}
