-- Sessions of a visitor on one device that follow each other without an idle gap:
-- session_id, visitor_id, device, platform, first_us, chain, nth (in the chain),
-- is_overlap (with an earlier one), is_quick_change, is_noted.
-- {gap_us}       a gap without an action that ends a visit, µs
-- {change_us}    an id that changes after a shorter pause is no new visit, µs
-- {note_us}      one change after a shorter pause is noted, µs
-- {idle_us}      no shop keeps a session open over a longer gap, µs
-- {tolerance_us} out of order by no more than this is in order, µs
with
    one_device as (
        select
            session_id,
            visitor_id,
            first_us,
            first_row_us,
            last_us,
            last_action_us,
            device,
            platform,
            device is not null or platform is not null as has_device
        from spans
        where
            device is not distinct from last_device
            and platform is not distinct from last_platform
            -- one wrong date stretches a visit over all that came in between
            and not (
                coalesce(most_late_us, 0) > {idle_us} and last_us - first_us > {idle_us}
            )
    ),
    with_earlier as (
        select
            *,
            max(last_us) over earlier as earlier_until_us,
            max(last_action_us) over earlier as earlier_action_us,
            max(last_us) over so_far as until_us,
            lead(first_us) over (
                partition by visitor_id, device, platform order by first_us, session_id
            ) as next_first_us
        from one_device
        window
            earlier as (
                partition by visitor_id, device, platform
                order by first_us, session_id
                rows between unbounded preceding and 1 preceding
            ),
            so_far as (
                partition by visitor_id, device, platform
                order by first_us, session_id
                rows between unbounded preceding and current row
            )
    ),
    -- a session far from the one before and the one after it is no chain: most are
    near as (
        select *
        from with_earlier
        where
            first_us <= earlier_until_us + {gap_us}
            or next_first_us <= until_us + {gap_us}
    ),
    numbered as (
        select
            *,
            sum(
                case when first_us <= earlier_until_us + {gap_us} then 0 else 1 end
            ) over (
                partition by visitor_id, device, platform
                order by first_us, session_id
                rows between unbounded preceding and current row
            ) as chain
        from near
    )
select
    session_id,
    visitor_id,
    device,
    platform,
    first_us,
    chain,
    row_number() over (
        partition by visitor_id, device, platform, chain order by first_us, session_id
    ) as nth,
    has_device and first_row_us < earlier_action_us - {tolerance_us} as is_overlap,
    first_us <= earlier_until_us + {change_us} as is_quick_change,
    first_us <= earlier_until_us + {note_us} as is_noted
from numbered
qualify count(*) over (partition by visitor_id, device, platform, chain) > 1
