//! The calls that libvirt's test driver has, on that driver: libvirt's own library, with a host of its own in memory. The rest
//! is held against a daemon with QEMU in `apply/tests/calls.rs`.

use nixvirt_libvirt_calls::{
    IoThread, ParameterValue, add_iothread, block_io_tune, checkpoint_names, cpu_map, delete_iothread,
    iothreads, pin_iothread, set_block_io_tune, set_iothread_parameters,
};
use virt::connect::Connect;
use virt::domain::Domain;
use virt::error::Error;
use virt::sys;

const DOMAIN: &str = "<domain type='test'><name>NAME</name><memory>65536</memory><vcpu>2</vcpu><iothreads>1</iothreads>\
    <os><type>hvm</type></os><devices><disk type='file'><source file='/guest/disk.img'/><target dev='vda' bus='virtio'/></disk></devices></domain>";

/// The host of this process, and a running domain of a test.
fn running(name: &str) -> Result<(Connect, Domain), Error> {
    virt::error::clear_error_callback();
    let connect = Connect::open(Some("test:///default"))?;
    let domain = connect.define_domain_xml(&DOMAIN.replace("NAME", name))?;
    domain.create()?;
    Ok((connect, domain))
}

#[test]
fn limits_of_a_disk_are_set_and_read() -> Result<(), Error> {
    let (_connect, domain) = running("limits")?;
    let limits = [
        ("total_bytes_sec", ParameterValue::ULong(1_000_000)),
        // Unlike QEMU's, the test driver takes no limit without its maximum.
        ("total_bytes_sec_max", ParameterValue::ULong(2_000_000)),
        ("group_name", ParameterValue::Text("group of vda".to_owned())),
    ];
    set_block_io_tune(&domain, "vda", &limits, sys::VIR_DOMAIN_AFFECT_LIVE)?;
    let found = block_io_tune(&domain, "vda", sys::VIR_DOMAIN_AFFECT_LIVE)?;
    for (name, value) in limits {
        assert!(found.contains(&(name.to_owned(), value)), "{name}: {found:?}");
    }

    let wrong_type = [("total_bytes_sec", ParameterValue::Int(1))];
    let error = set_block_io_tune(&domain, "vda", &wrong_type, 0).expect_err("libvirt wants its own types");
    assert!(error.to_string().contains("total_bytes_sec"), "{error}");
    set_block_io_tune(&domain, "vdz", &[], 0).expect_err("there is no such disk");
    block_io_tune(&domain, "v\0da", 0).expect_err("a zero byte ends a text in C");
    Ok(())
}

#[test]
fn iothreads_come_and_go() -> Result<(), Error> {
    let (_connect, domain) = running("threads")?;
    let ids = || -> Result<Vec<u32>, Error> {
        Ok(iothreads(&domain, sys::VIR_DOMAIN_AFFECT_LIVE)?.iter().map(|thread| thread.id).collect())
    };
    assert_eq!(ids()?, [1]);
    add_iothread(&domain, 7, sys::VIR_DOMAIN_AFFECT_LIVE)?;
    assert_eq!(ids()?, [1, 7]);
    pin_iothread(&domain, 7, &cpu_map([1, 9]), sys::VIR_DOMAIN_AFFECT_LIVE)?;
    let pinned = iothreads(&domain, sys::VIR_DOMAIN_AFFECT_LIVE)?;
    assert_eq!(pinned[1], IoThread { id: 7, cpus: vec![1, 9] });
    let poll = [("poll_max_ns", ParameterValue::ULong(32_000)), ("poll_grow", ParameterValue::UInt(2))];
    set_iothread_parameters(&domain, 7, &poll, sys::VIR_DOMAIN_AFFECT_LIVE)?;
    delete_iothread(&domain, 7, sys::VIR_DOMAIN_AFFECT_LIVE)?;
    assert_eq!(ids()?, [1]);
    delete_iothread(&domain, 7, sys::VIR_DOMAIN_AFFECT_LIVE).expect_err("it is gone");
    add_iothread(&domain, 1, sys::VIR_DOMAIN_AFFECT_LIVE).expect_err("it is there");
    pin_iothread(&domain, 1, &[], sys::VIR_DOMAIN_AFFECT_LIVE).expect_err("no processor at all");
    Ok(())
}

#[test]
fn a_domain_without_checkpoints_has_no_names_of_them() -> Result<(), Error> {
    let (_connect, domain) = running("checkpoints")?;
    assert_eq!(checkpoint_names(&domain, 0)?, Vec::<String>::new());
    Ok(())
}

#[test]
fn a_map_has_a_bit_for_each_processor() {
    assert_eq!(cpu_map([0, 3, 8, 17]), [0b1001, 1, 0b10]);
    assert_eq!(cpu_map([]), [0u8; 0]);
}
