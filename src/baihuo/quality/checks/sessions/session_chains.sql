-- Sessions of one visitor in one place that follow each other without an idle gap.
-- {change_us}
-- {gap_us}
-- {late_us}
-- {note_us}
with
    placed as (
        select
            session_id,
            visitor_id,
            first_us,
            last_us,
            acted_us,
            device,
            platform,
            device is not null or platform is not null as is_placed
        from spans
        where
            device is not distinct from device_2
            and platform is not distinct from platform_2
    ),
    followed as (
        select
            *,
            max(last_us) over before as before_us,
            max(acted_us) over before as before_acted_us
        from placed
        window
            before as (
                partition by visitor_id, device, platform
                order by first_us, session_id
                rows between unbounded preceding and 1 preceding
            )
    ),
    numbered as (
        select
            *,
            sum(case when first_us <= before_us + {gap_us} then 0 else 1 end) over (
                partition by visitor_id, device, platform
                order by first_us, session_id
                rows between unbounded preceding and current row
            ) as chain
        from followed
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
    is_placed and first_us < before_acted_us - {late_us} as is_overlap,
    first_us <= before_us + {change_us} as is_quick,
    first_us <= before_us + {note_us} as is_noted
from numbered
qualify count(*) over (partition by visitor_id, device, platform, chain) > 1
