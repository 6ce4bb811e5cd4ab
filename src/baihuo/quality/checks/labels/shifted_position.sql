-- Findings: outcomes at another position than their impression. They are repaired
-- where all outcomes of a page (two products or more) have one shift, where the
-- page counts from 0, where the shift is a habit of the client, or where 0 was
-- sent, which is no position. Else they are noted.
--
-- {is_zero_based_page} whether the page was found to count from 0
-- {min_share} of a client's outcomes, the share that makes a habit, 0 to 1
-- {min_pages} outcomes that make a habit
with
    misplaced as (
        select *, reported - impression_position as shift
        from doubtful_outcomes
        where reported <> impression_position
    ),
    counted as (
        select
            *,
            min(shift) over page = max(shift) over page as is_same_shift,
            min(product_id) over page <> max(product_id) over page as has_two_products,
            count(*) filter (reported > 0) over page as n_misplaced,
            count(*) over (partition by surface, platform, shift) as n_same_shift
        from misplaced
        window page as (partition by query_id)
    ),
    decided as (
        select
            m.*,
            (is_same_shift and has_two_products and n_misplaced = n_with_position)
            or reported = 0
            or (shift = -1 and {is_zero_based_page})
            or (
                n_same_shift >= {min_share} * n_with_position_of_client
                and n_same_shift >= {min_pages}
            ) as is_sure
        from counted as m
        join page_outcome_counts using (query_id)
        join
            client_outcomes as c
            on m.surface is not distinct from c.surface
            and m.platform is not distinct from c.platform
    )
select
    import_id,
    line,
    case when is_sure then 'shifted_position' else 'wrong_position' end as rule,
    case when is_sure then 'repair' else 'note' end as action,
    case when is_sure then 'position' end as field,
    case when is_sure then cast(impression_position as varchar) end as new,
    cast(
        case
            when is_sure
            then
                to_json(
                    struct_pack(
                        field := 'position', old := reported, new := impression_position
                    )
                )
            else to_json(struct_pack(told := reported, shown := impression_position))
        end as varchar
    ) as detail
from decided
