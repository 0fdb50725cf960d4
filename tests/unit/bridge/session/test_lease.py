from bridge.session.lease import Lease


def test_idle_without_any_client_and_every_call_puts_it_off():
    lease = Lease(60, 600, None, began=0.0)
    assert lease.ends() == (600.0, "idle")
    lease.touch(100.0)
    assert lease.ends() == (700.0, "idle")


def test_nobody_there_counts_from_the_last_client_that_left():
    lease = Lease(60, 600, None, began=0.0)
    lease.attach(10.0)
    lease.attach(20.0)
    lease.detach(30.0)
    assert lease.ends() == (float("inf"), "")
    lease.detach(40.0)
    assert lease.ends() == (100.0, "nobody_there")
    lease.attach(50.0)
    assert lease.ends() == (float("inf"), "")


def test_max_s_ends_it_while_somebody_watches():
    lease = Lease(60, 600, 120, began=5.0)
    lease.attach(10.0)
    assert lease.ends() == (125.0, "max_duration")
