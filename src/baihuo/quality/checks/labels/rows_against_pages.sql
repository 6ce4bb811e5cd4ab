-- Findings: rows of a page that three quarters or more of it contradict, in a label,
-- the surface or the time, rows that came once more hours later, pages of several
-- visitors (of whom none may have three quarters: then all rows), and pages with
-- positions that have no neighbours: pixels of a screen.
--
-- {apart_us} rows of one page are seconds apart; µs
-- {far_positions} neighbours of a page are nearer to each other than so many positions
with
    usual as (
        select
            query_id,
            mode(platform) as page_platform,
            mode(surface) as page_surface,
            mode(visitor_id) as page_visitor,
            -- who logs in within a visit gets another id
            mode(session_id) as page_session,
            mode(device) as page_device,
            mode(country) as page_country,
            mode(language) as page_language,
            mode(query_text) as page_text,
            median(occurred_at_us) as page_us,
            median(received_at_us) as page_received_us,
            count(distinct visitor_id) as n_visitors,
            count(*) as n
        from odd_rows
        group by query_id
    ),
    compared as (
        select
            r.*,
            p.reasons,
            page_platform,
            page_surface,
            page_visitor,
            n_visitors,
            page_device,
            page_country,
            page_language,
            page_text,
            n,
            visitor_id <> page_visitor
            and session_id is distinct from page_session as is_other_visitor,
            case
                when event_type = 'impression'
                then
                    position - lag(position) over (
                        partition by query_id, event_type order by position
                    )
            end as after_positions,
            platform <> page_platform as is_other_platform,
            -- advertisements on a page have a surface of their own
            surface <> page_surface
            and event_type
            in ('impression', 'search', 'click', 'dwell') as is_other_surface,
            device <> page_device as is_other_device,
            country <> page_country as is_other_country,
            language <> page_language as is_other_language,
            -- searches have a check of their own
            -- the words of another page: others may be damaged, or be corrected ones
            query_text <> page_text
            and query_text
            in (select query_text from page_profiles where query_text = last_query_text)
            and regexp_replace(lower(query_text), '[^\pL\pN]+', '', 'g')
            <> regexp_replace(lower(page_text), '[^\pL\pN]+', '', 'g')
            and jaro_winkler_similarity(lower(query_text), lower(page_text)) < 0.9
            and event_type not in ('search', 'purchase') as is_other_text,
            abs(occurred_at_us - page_us) > {apart_us}
            and abs(received_at_us - page_received_us) <= {apart_us} as is_other_time,
            occurred_at_us - lag(occurred_at_us) over same as again_us,
            received_at_us - lag(received_at_us) over same as received_again_us
        from odd_rows as r
        join usual using (query_id)
        join odd_pages as p using (query_id)
        window
            same as (
                partition by query_id, event_type, product_id, position
                order by occurred_at_us, import_id, line
            )
    ),
    judged as (
        select
            *,
            count(*) filter (event_type = 'click') over instant > 0
            and max(dwell_ms) filter (event_type = 'dwell') over instant
            >= 2000 as is_of_one_instant,
            count(*) over instant as n_at_once,
            count(*) filter (is_other_platform) over page
            <= 0.25 * n as is_one_platform,
            count(*) filter (is_other_surface) over page <= 0.25 * n as is_one_surface,
            count(*) filter (is_other_time) over page <= 0.25 * n as is_one_time,
            count(*) filter (is_other_visitor) over page as n_of_others,
            count(position) filter (event_type = 'impression') over page >= 3
            and min(after_positions) filter (after_positions > 0) over page
            >= {far_positions} as has_no_neighbours,
            count(*) filter (
                is_other_device or is_other_country or is_other_language
            ) over page
            <= 0.25 * n as is_one_label,
            count(*) filter (is_other_text) over page
            <= 0.25 * count(query_text) over page as is_one_text,
            event_type in ('impression', 'search', 'click', 'dwell') as is_of_page
        from compared
        window
            page as (partition by query_id),
            instant as (partition by visitor_id, occurred_at_us)
    ),
    named as (
        select
            *,
            case
                when again_us > {apart_us} and received_again_us > {apart_us}
                then 'again'
                when is_other_time and is_one_time and is_of_page
                then 'occurred_at_us'
                when 'instant' in reasons and is_of_one_instant
                then 'instant'
                when is_other_platform and is_one_platform
                then 'platform'
                when is_other_country and is_one_label
                then 'country'
                when is_other_language and is_one_label
                then 'language'
                when is_other_device and is_one_label
                then 'device'
                when is_other_surface and is_one_surface and is_of_page
                then 'surface'
                when
                    ('text' in reasons or 'text of outcome' in reasons)
                    and is_other_text
                    and is_one_text
                then 'query_text'
                when
                    'visitor' in reasons
                    and is_of_page
                    and (is_other_visitor or n_of_others > 0.25 * n)
                then 'visitor_id'
                when
                    'position' in reasons and has_no_neighbours and position is not null
                then 'position'
            end as odd
        from judged
    )
select
    import_id,
    line,
    case
        when odd = 'position' then 'wrong_position' else 'row_against_page'
    end as rule,
    'note' as action,
    case
        odd when 'again' then null when 'instant' then 'occurred_at_us' else odd
    end as field,
    cast(null as varchar) as new,
    cast(
        case
            when odd = 'again'
            then
                to_json(
                    struct_pack(
                        query_id := query_id,
                        again_after_hours := round(again_us / 3.6e9, 2)
                    )
                )
            when odd = 'occurred_at_us'
            then
                to_json(
                    struct_pack(
                        field := odd,
                        old := cast(occurred_at_us as varchar),
                        query_id := query_id
                    )
                )
            when odd = 'instant'
            then
                to_json(
                    struct_pack(
                        field := 'occurred_at_us',
                        old := cast(occurred_at_us as varchar),
                        query_id := query_id,
                        at_one_instant := n_at_once
                    )
                )
            when odd = 'visitor_id'
            then
                to_json(
                    struct_pack(
                        field := odd,
                        old := visitor_id,
                        visitors := n_visitors,
                        query_id := query_id
                    )
                )
            when odd = 'position'
            then
                to_json(
                    struct_pack(
                        field := odd,
                        old := cast(position as varchar),
                        next_is := 'far on all of its page',
                        query_id := query_id
                    )
                )
            else
                to_json(
                    struct_pack(
                        field := odd,
                        old := case
                            odd
                            when 'platform'
                            then platform
                            when 'country'
                            then country
                            when 'language'
                            then language
                            when 'device'
                            then device
                            when 'query_text'
                            then left(query_text, 200)
                            else surface
                        end,
                        page := case
                            odd
                            when 'platform'
                            then page_platform
                            when 'country'
                            then page_country
                            when 'language'
                            then page_language
                            when 'device'
                            then page_device
                            when 'query_text'
                            then left(page_text, 200)
                            else page_surface
                        end,
                        query_id := query_id
                    )
                )
        end as varchar
    ) as detail
from named
where odd is not null
