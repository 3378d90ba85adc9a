//! Whether a program starts where it is deployed: what it wants from the system's libraries is there.

use std::collections::BTreeSet;

use anyhow::{Context as _, bail, ensure};
use object::Endianness;
use object::elf::DT_NEEDED;
use object::read::elf::{Dyn as _, ElfFile64};

/// The C library of `provided.al2023` (Amazon Linux 2023 User Guide, "Comparing AL2 and AL2023", glibc 2.34). The image's
/// Debian 12 has 2.36, so that the smaller number binds both.
const GLIBC_MAX: Version = Version(2, 34);
/// The prefix of the versions that are compared.
const GLIBC: &str = "GLIBC_";
/// The libraries that both systems have. The loader's own name differs by machine.
const LIBRARIES: [&str; 3] = ["libc.so.6", "libgcc_s.so.1", "libm.so.6"];
const LOADER_PREFIX: &str = "ld-linux-";

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Version(u32, u32);

/// Checks the ELF file in `program`; the error names each version and library that is too much.
pub fn check(program: &[u8]) -> anyhow::Result<()> {
    check_against(program, GLIBC_MAX)
}

fn check_against(program: &[u8], glibc_max: Version) -> anyhow::Result<()> {
    let elf = ElfFile64::<Endianness>::parse(program).context("not a 64-bit ELF file")?;
    let mut problems = Vec::new();
    for name in needed_versions(&elf)? {
        if let Some(numbers) = name.strip_prefix(GLIBC) {
            match parse(numbers) {
                Some(version) if version <= glibc_max => {}
                // GLIBC_PRIVATE and GLIBC_ABI_… belong to one build of the C library, or to newer ones than these.
                _ => problems.push(format!(
                    "it needs {name}, and there is GLIBC_{}.{}",
                    glibc_max.0, glibc_max.1
                )),
            }
        }
    }
    for library in needed_libraries(&elf)? {
        if !LIBRARIES.contains(&library.as_str()) && !library.starts_with(LOADER_PREFIX) {
            problems.push(format!("it needs {library}, which is not there"));
        }
    }
    if !problems.is_empty() {
        bail!("{}", problems.join("; "));
    }
    Ok(())
}

type Elf<'data> = ElfFile64<'data, Endianness>;

fn needed_versions(elf: &Elf<'_>) -> anyhow::Result<BTreeSet<String>> {
    let sections = elf.elf_section_table();
    let mut names = BTreeSet::new();
    let Some((mut files, link)) = sections.gnu_verneed(elf.endian(), elf.data())? else {
        return Ok(names);
    };
    let strings = sections.strings(elf.endian(), elf.data(), link)?;
    while let Some((_, mut versions)) = files.next()? {
        while let Some(version) = versions.next()? {
            let name = version.name(elf.endian(), strings)?;
            names.insert(String::from_utf8_lossy(name).into_owned());
        }
    }
    Ok(names)
}

fn needed_libraries(elf: &Elf<'_>) -> anyhow::Result<Vec<String>> {
    let sections = elf.elf_section_table();
    let Some((entries, link)) = sections.dynamic(elf.endian(), elf.data())? else {
        return Ok(Vec::new());
    };
    let strings = sections.strings(elf.endian(), elf.data(), link)?;
    let mut names = Vec::new();
    for entry in entries {
        if entry.tag(elf.endian()) == DT_NEEDED {
            let name = entry.string(elf.endian(), strings)?;
            names.push(String::from_utf8_lossy(name).into_owned());
        }
    }
    ensure!(
        !names.is_empty(),
        "it names no library, and yet it is linked dynamically"
    );
    Ok(names)
}

fn parse(numbers: &str) -> Option<Version> {
    let mut parts = numbers.split('.').map(str::parse);
    let (major, minor) = (parts.next()?.ok()?, parts.next()?.ok()?);
    Some(Version(major, minor))
}

#[cfg(test)]
mod tests {
    use super::*;

    // This test is a program of the same tool chain: it stands for the ones that are packaged.
    fn own_program() -> Vec<u8> {
        std::fs::read(std::env::current_exe().unwrap()).unwrap()
    }

    #[test]
    fn what_a_program_needs_is_found() {
        let program = own_program();
        let elf = Elf::parse(&*program).unwrap();
        assert!(needed_libraries(&elf).unwrap().contains(&"libc.so.6".to_owned()));
        let versions = needed_versions(&elf).unwrap();
        assert!(versions.iter().any(|name| name.starts_with(GLIBC)), "{versions:?}");
    }

    #[test]
    fn a_program_that_needs_more_is_refused() {
        let error = check_against(&own_program(), Version(2, 3)).unwrap_err();
        assert!(error.to_string().contains("and there is GLIBC_2.3"), "{error}");
        check_against(&own_program(), Version(99, 0)).unwrap();
    }

    #[test]
    fn versions_are_compared_as_numbers() {
        assert!(parse("2.9").unwrap() < parse("2.34").unwrap());
        assert!(parse("2.2.5").unwrap() < parse("2.3").unwrap());
        assert_eq!(parse("PRIVATE"), None);
    }

    #[test]
    fn what_is_no_program_is_refused() {
        assert!(check(b"#!/bin/sh\n").is_err());
    }
}
