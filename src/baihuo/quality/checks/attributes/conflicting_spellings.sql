-- Findings: products that have one attribute under two spellings, with different
-- values. Bare numbers of two systems say one thing (5.31 x 57.48 inches are
-- 135 x 1460 mm), and are left out.
--
-- {factors}   between metric and imperial units, that no slip of a decimal gives
-- {tolerance} relative, up to which converted numbers are the same: both are rounded
-- {lone_tolerance} the same of single numbers, which must also be as near as half of
-- their last places: 14000 and 35000 are near to a factor by chance, sides are not
with
    compared as (
        select
            *,
            coalesce(
                cast(try_cast(value as double) as varchar), lower(trim(value))
            ) as folded
        from attribute_values
        semi join
            (
                select import_id, line, key from product_attributes where n_values > 1
            ) using (import_id, line, key)
    ),
    conflicts as (
        select
            import_id,
            line,
            list(
                struct_pack(name := name, value := left(value, 100)) order by name
            ) as spellings,
            count(*) = 2
            and bool_and(
                regexp_matches(value, '^ *[0-9.]+(?: *[x×*] *[0-9.]+)*["” ]*$')
            ) as are_two_of_numbers,
            list(
                list_sort(
                    list_transform(
                        regexp_extract_all(value, '[0-9]+(?:[.][0-9]+)?'),
                        lambda n:cast(n as double)
                    )
                )
                order by name
            ) as numbers,
            sum(
                0.51
                * pow(10, - length(rtrim(regexp_extract(value, '[.]([0-9]+)', 1), '0')))
                / greatest(try_cast(regexp_extract(value, '[0-9.]+') as double), 1e-9)
            ) as rounding
        from compared
        group by import_id, line, key
        having count(*) > 1 and count(distinct folded) > 1
    )
select
    import_id,
    line,
    'attribute_said_twice' as rule,
    'note' as action,
    'attributes' as field,
    cast(null as varchar) as new,
    cast(
        to_json(struct_pack(field := 'attributes', said := spellings)) as varchar
    ) as detail
from conflicts
where
    not (
        are_two_of_numbers
        and len(numbers[1]) = len(numbers[2])
        and list_bool_or(
            list_transform(
                [{factors}],
                lambda f:list_bool_and(
                    list_transform(
                        list_zip(numbers[1], numbers[2]),
                        lambda pair:abs(
                            ln(greatest(pair[1], 1e-9) / greatest(pair[2], 1e-9))
                            - ln(f)
                        ) <= case
                            when len(numbers[1]) > 1
                            then {tolerance}
                            else least({lone_tolerance}, rounding)
                        end
                    )
                )
            )
        )
    )
