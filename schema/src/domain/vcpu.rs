//! vCPUs, I/O threads and how they are scheduled: `vcpu`, `vcpus`, `iothreads`, `cputune`.
