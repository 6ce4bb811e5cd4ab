-- Findings: codes of another use, where hardly any listing of the category has one: a
-- shop's own number, a coupon's, a book's on what is no book; and addresses.
--
-- A wrong check digit is not judged here.
--
-- {rows}      products: category, titles, descriptions, codes
-- {digits}    the digits of code
-- {is_valid}  whether they are a bar code with a right check digit
-- {use}       what use 13 digits are for, else NULL
-- {is_book}   whether use is a book's or a magazine's
-- {printed}   RE2 of titles and categories of what is printed
-- {described_as_printed} RE2 of descriptions, likewise
-- {no_code}   RE2 of what is no code
-- {min_rows}  codes of a category before it says which are usual
-- {max_share} of the category's codes, that are of this use
-- {max_of_all} of all codes, likewise
with
    codes as materialized(
        select
            import_id,
            line,
            category,
            code,
            case
                when regexp_matches(lower(trim(code)), '{no_code}')
                then 'an address'
                when {is_valid}
                then {use}
            end as use
        from
            (
                select *, {digits} as digits, right(lpad(digits, 14, '0'), 13) as ean
                from
                    (
                        select
                            import_id,
                            line,
                            coalesce(category, '') as category,
                            unnest(codes) as code
                        from {rows}
                        where len(codes) > 0
                    )
            )
    ),
    of_another_use as (
        select
            import_id,
            line,
            code,
            use,
            count(*) over (partition by use) as n,
            count(*) over (partition by use, category) as n_category,
            category
        from codes
        where use is not null
    ),
    categories as (select category, count(*) as n_codes from codes group by category),
    total as (select count(*) as n_all from codes),
    rare as (
        select import_id, line, code, use
        from of_another_use
        join categories using (category)
        cross join total
        where
            n <= greatest(1, {max_of_all} * n_all)
            and (
                use = 'an address'
                or (
                    n_codes >= {min_rows}
                    and n_category <= greatest(1, {max_share} * n_codes)
                )
            )
    )
select
    import_id,
    line,
    'bad_code' as rule,
    'note' as action,
    'codes' as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                field := 'codes', code := left(min(code), 200), why := min_by(use, code)
            )
        ) as varchar
    ) as detail
from rare as c
join {rows} as p using (import_id, line)
where
    not (
        {is_book}
        and (
            regexp_matches(
                lower(concat_ws(' ', category, title_en, title_zh)), '{printed}'
            )
            or regexp_matches(
                lower(concat_ws(' ', description_en, description_zh)),
                '{described_as_printed}'
            )
        )
    )
group by import_id, line
