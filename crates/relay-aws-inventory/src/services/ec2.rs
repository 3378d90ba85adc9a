//! EC2: security groups, and whether new EBS volumes are encrypted.

use aws_config::SdkConfig;
use relay_monitor::{Facts, OpenIngress, Reading, Resource, SecurityGroupFacts, VolumeDefaultsFacts};
use serde::Deserialize;

use crate::actions::{EC2_GROUPS, EC2_VOLUMES};
use crate::ec2_query::Ec2Query;
use crate::pages::{Found, Page, all_pages};
use crate::scope::{Failure, Scope, reading};

const PAGE_GROUPS: &str = "1000";
const WORLD_4: &str = "0.0.0.0/0";
const WORLD_6: &str = "::/0";

// The answers, as far as they are looked at ("DescribeSecurityGroups", "SecurityGroup", "IpPermission" and
// "GetEbsEncryptionByDefault", Amazon EC2 API Reference). What EC2 always says must be there, or the answer is none of EC2's.

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct SecurityGroups {
    security_group_info: Items<SecurityGroup>,
    next_token: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Items<T> {
    #[serde(default = "Vec::new")]
    item: Vec<T>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct SecurityGroup {
    group_id: String,
    group_name: Option<String>,
    ip_permissions: Items<IpPermission>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct IpPermission {
    ip_protocol: String,
    from_port: Option<i32>,
    to_port: Option<i32>,
    ip_ranges: Option<Items<IpRange>>,
    ipv6_ranges: Option<Items<Ipv6Range>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct IpRange {
    cidr_ip: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Ipv6Range {
    cidr_ipv6: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct EbsEncryption {
    ebs_encryption_by_default: bool,
}

/// All security groups of the region, and the defaults of its volumes.
pub(crate) async fn read(scope: &Scope, config: &SdkConfig) -> Found {
    let client = Ec2Query::new(config).await;
    let client = || client.as_ref().map_err(Failure::clone);
    let listed = all_pages(scope, async |token| {
        let mut parameters = vec![("MaxResults", PAGE_GROUPS)];
        parameters.extend(token.as_deref().map(|token| ("NextToken", token)));
        let answer = client()?.ask(scope, "DescribeSecurityGroups", &parameters).await?;
        let SecurityGroups {
            security_group_info,
            next_token,
        } = answer;
        Ok(Page {
            items: security_group_info.item,
            next: next_token,
        })
    })
    .await;
    let mut found = Found::listed("ec2", EC2_GROUPS, listed, |group| Some(security_group(scope, group)));
    let encrypted = async { client()?.ask(scope, "GetEbsEncryptionByDefault", &[]).await };
    let encrypted = encrypted
        .await
        .map(|answer: EbsEncryption| answer.ebs_encryption_by_default);
    found.add(Found::one(Resource {
        arn: scope.arn("ec2", "volume/*"),
        name: format!("EBS volumes in {}", scope.region),
        facts: Facts::VolumeDefaults(VolumeDefaultsFacts {
            encrypted_by_default: reading(EC2_VOLUMES, encrypted),
        }),
    }));
    found
}

fn security_group(scope: &Scope, group: SecurityGroup) -> Resource {
    let id = group.group_id;
    let mut open: Vec<_> = group.ip_permissions.item.iter().flat_map(open_ingress).collect();
    open.sort();
    let name = match group.group_name {
        Some(name) => format!("{name} ({id})"),
        None => id.clone(),
    };
    Resource {
        arn: scope.arn("ec2", &format!("security-group/{id}")),
        name,
        facts: Facts::SecurityGroup(SecurityGroupFacts {
            open_ingress: Reading::Read(open),
        }),
    }
}

fn open_ingress(rule: &IpPermission) -> Vec<OpenIngress> {
    let four = rule.ip_ranges.iter().flat_map(|ranges| &ranges.item);
    let six = rule.ipv6_ranges.iter().flat_map(|ranges| &ranges.item);
    four.map(|range| &range.cidr_ip)
        .chain(six.map(|range| &range.cidr_ipv6))
        .filter(|range| [WORLD_4, WORLD_6].contains(&range.as_str()))
        .map(|range| OpenIngress {
            protocol: rule.ip_protocol.clone(),
            ports: ports(&rule.ip_protocol, rule.from_port, rule.to_port),
            from: range.clone(),
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
