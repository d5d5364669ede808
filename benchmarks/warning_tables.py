"""Write benchmarks/results/warning.md, the page of the warning chain, from the JSON beside it."""

from tables import RESULTS, have, machine, table

HEAD = ("figure", "measured", "asked for")


def page():
    """Return the page: each part that was measured, with what was asked for beside it."""
    parts = ["# The warning chain", "Made by `make bench-warning`; each table names what it was measured on."]
    for title, name, rows in PARTS:
        found = have(name)
        if found:
            parts += [f"## {title}", *told(found), table(HEAD, rows(found))]
    return "\n\n".join(parts)


def told(found):
    if "machine" in found:
        yield f"{machine(found)}."
    elif "cpu" in found:
        yield f"{machine({'machine': found})}."


def power_loss(found):
    synced, control = found["synced"], found["control"]
    yield "cuts", synced["cuts"], "200 on SQLite, 50 on the others"
    yield "acknowledged facts lost", f"{synced['acknowledged_lost']} of {synced['acknowledged']}", "0"
    yield "told while the cut was under way, lost", f"{synced['told_during_the_cut_lost']}", "not asked"
    yield "cuts after which all verifies", synced["cuts_that_verify"], "all"
    yield "longest reopening, s", f"{synced['reopen_s_longest']:.2f}", "5"
    lost = f"{control['acknowledged_lost']} of {control['acknowledged']}"
    yield f"lost with {control['setting']}", lost, "some: else the test could not fail"


def kills(found):
    yield "kills", found["kills"], "500"
    yield "replays", f"{found['replays']}, and {found['undisturbed']} undisturbed", ""
    yield "replays with another outcome", found["other_outcomes"], "0"
    yield "acknowledged facts lost", f"{found['lost']} of {found['acknowledged']}", "0"
    yield "bulletins twice, or not released", len(found["duplicates"]) + len(found["unreleased"]), "0"
    yield "chains and heads verify", "yes" if found["chains_verify"] else "no", "yes"
    yield "seconds in all", found["seconds"], "3600"


def sharing(found):
    plots = found["plot_to_partner_ms"]
    yield "plot in at one node to assessment at another, p50, ms", plots["p50"], ""
    yield "the same, p99, ms", plots["p99"], f"{plots['bar_p99']:g}"
    for name, words in (("broker_away", "broker away"), ("partner_partitioned", "partner cut off")):
        one = found[name]
        if "skipped" in one:
            yield words, one["skipped"], ""
        else:
            order = "in order" if one["in_order"] else "out of order"
            yield f"{words} {one.get('away_s', '')} s: drained, s", f"{one['drained_s']} ({order})", "5"
    if "late" in plots:
        yield (
            "of the plots later than that, those while the machine's disk or processors stalled",
            f"{plots['late_while_the_machine_stalled']} of {plots['late']}",
            "",
        )
    yield from public_outputs(found.get("public_outputs", {}))


def public_outputs(found):
    """Yield what the public was told with an outage beside what it is told without one."""
    plain = found.get("undisturbed")
    for name, words in (("broker_away", "broker away"), ("partner_partitioned", "partner cut off")):
        one = found.get(name)
        if one is not None:
            for node, count in one["bulletins"].items():
                differs = "; ".join(text for text in one["difference"] if text.startswith(node))
                same = "the same" if one["same"][node] else f"differ: {differs[:200] or 'steps'}"
                counts = f"{count} bulletins, {plain['bulletins'][node]} undisturbed"
                yield f"{words} {found['away_s']:g} s: what {node} told ({counts})", same, "unaffected"
            if one["unreleased"]:
                yield f"{words}: not released", "; ".join(one["unreleased"]), "0"
            for node, hops in one["latency_p99_s"].items():
                for hop, seconds in hops.items():
                    usual = plain["latency_p99_s"].get(node, {}).get(hop)
                    yield f"{words}: {node}, {hop}, p99, s", f"{seconds:.2f} ({usual:.2f} undisturbed)", ""


def release(found):
    yield "decided to all texts on all channels, p99, s", found["decision to out"]["p99_s"], "2"
    yield "approved cancel on every channel, p99, s", found["cancel out"]["p99_s"], "2"
    yield "cancel read back on every channel, p99, s", found["cancel back"]["p99_s"], "not asked"


def load(found):
    yield "launches at once, looks a second", f"{found['launches']}, {found['hz']:g}", "64, 10"
    yield "minutes", found["minutes"], "30"
    for name, words in (
        ("decided_to_asked_s", "decided to texts ready, p99, s"),
        ("ready_to_out_s", "signed to read back on all channels, p99, s"),
        ("cancel_s", "cancel to read back on all channels, p99, s"),
        ("share_s", "plot to partner, p99, s"),
    ):
        bar = "0.15 (without load)" if name == "share_s" else "2"
        yield words, found[name].get("p99", "none"), bar
    for name, one in found["memory"].items():
        slopes = f"{one['slope_mb_per_h']}; {one.get('own_slope_wave_by_wave_mb_per_h')}"
        words = f"{name}: most memory, MB; slope by a straight line and from wave to wave, MB an hour"
        yield words, f"{one['most_mb']}; {slopes}", "0"


def track_memory(found):
    yield "launches at once, looks a second", f"{found['launches']}, {found['hz']:g}", "64, 10"
    yield "minutes of data, in seconds", f"{found['minutes']:g}, {found['seconds']:g}", "30"
    yield "updates held by all live tracks, at most", found["most_updates"], "as many after 30 minutes as after 3"
    yield "own memory, most, MB; slope, MB an hour", f"{found['most_mb']}; {found['slope_mb_per_h']}", "0"


def log_speed(found):
    for name, rate in found["rates"].items():
        yield f"{name}: facts a second", round(rate["facts_per_s"]), "5000"
        if "commit_ms_p99" in rate:
            yield f"{name}: commit p99, ms", round(rate["commit_ms_p99"], 1), "30"
    large, back, cold = found["large"], found["read_back"], found["read_back_cold"]
    yield f"one alert read back among {large['rows']} facts, p99, ms", round(back["ms_p99"], 1), "50"
    yield "the same from the disk, longest, ms", round(cold["ms_longest"], 1), "50"
    for name, rate in found["written_while_large"].items():
        if isinstance(rate, dict):
            yield f"{name}, into {large['rows']} facts: facts a second", round(rate["facts_per_s"]), "5000"
            yield f"{name}, into {large['rows']} facts: commit p99, ms", round(rate["commit_ms_p99"], 1), "30"


def warned(found):
    yield "flights", found["flights"], "1000"
    for one in found["curve"]:
        yield (
            (
                f"at {one['threshold']:g}, {one['forecast_threshold']:g} while it burns: missed; unwarranted; "
                "within 30 s of the second path; of lift-off 120 s; both"
            ),
            (
                f"{one['missed']:.1%}; {one['unwarranted']:.1%}; {one['within_30_s_of_second_path']:.0%}; "
                f"{one['within_120_s_of_launch']:.0%}; {one['in_time']:.0%}"
            ),
            "1 %; 1 %; 95 %; 95 %; 95 %",
        )
    for one in sorted(found["curve"], key=lambda one: one["forecast_threshold"]):
        if one["threshold"] == found["policy"]["release_threshold"]:
            yield (
                f"an oracle at {one['forecast_threshold']:g} while it burns: unwarranted; within 120 s; in time",
                (
                    f"{one['oracle_unwarranted']:.1%}; {one['oracle_within_120_s_of_launch']:.0%}; "
                    f"{one['oracle_in_time']:.0%}"
                ),
                "what no tracker betters",
            )
    yield (
        "within 30 s of the second path and of when thrust's end would fall there (at the default threshold)",
        f"{found['at_the_policy']['within_30_s_of_both_path_and_knowable']:.1%}",
        "",
    )


def quiet(found):
    yield "sensor-years", found["sensor_years"], "10"
    yield "public alerts", found["public_alerts"], "0"
    yield "95 % upper bound, a sensor-year", found["upper_bound_95_a_sensor_year"], "told"


def rules(found):
    leaks, graphs = found["non_interference"], found["graphs"]
    yield "cases of non-interference, leaks", f"{leaks['cases']}, {leaks['leaks']}", "100000, 0"
    yield "graphs of labels, too wide", f"{graphs['graphs']}, {graphs['too_wide']}", "1000000, 0"
    caught = ", ".join(found["broken_rules_caught"].values())
    yield "broken rules caught", caught, "each"


def life(found):
    walks = found["walks"]
    yield "steps, rules broken", f"{walks['steps']}, 0", "1000000, 0"
    yield "one step, median and p99, us", f"{found['step']['median_us']:.0f}, {found['step']['p99_us']:.0f}", ""


def bad(found):
    wrong, good = found["bad"], found["good"]
    yield "kinds of bad alert, refused", f"{wrong['kinds']}, {wrong['refused']}", "200, all"
    yield "of them accepted by the schema alone", wrong["accepted_by_the_schema_alone"], "the five among them"
    yield "good alerts, accepted", f"{good['alerts']}, {good['pass_rules']}", "all"
    flipped, replayed = found["flipped"], found["replayed"]
    yield "bytes flipped, accepted", f"{flipped['cases']}, {flipped['accepted']}", "5000, 0"
    yield "wrapped signatures, accepted", f"{found['wrapped']['cases']}, {found['wrapped']['accepted']}", "0"
    again = replayed["accepted_again"] + replayed["accepted_an_hour_late"]
    yield "old alerts replayed, accepted", f"{2 * replayed['good_live_alerts']}, {again}", "0"
    live = found["exercises_at_a_live_receiver"]
    yield "exercise messages at a live receiver, accepted", f"{live['messages']}, {live['accepted']}", "100000, 0"


PARTS = (
    ("Loss of power: SQLite", "power_loss_sqlite", power_loss),
    ("Loss of power: PostgreSQL", "power_loss_postgres", power_loss),
    ("Loss of power: JetStream", "power_loss_jetstream", power_loss),
    ("Processes killed", "kills", kills),
    ("Sharing", "sharing", sharing),
    ("Release", "release_latency", release),
    ("Load", "load", load),
    ("Memory of the tracking", "track_memory", track_memory),
    ("The log's speed", "log_speed", log_speed),
    ("Warned in time", "warned", warned),
    ("Quiet years", "quiet", quiet),
    ("Release rules", "release_rules", rules),
    ("The life of alerts", "alert_life", life),
    ("Bad alerts", "bad_alerts", bad),
)


if __name__ == "__main__":
    (RESULTS / "warning.md").write_text(page() + "\n")
