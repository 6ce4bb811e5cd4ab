-- Names of the catalogue that came, went or mean another product than before.
(
    select *
    from before
    except
    select *
    from now
)
union all
(
    select *
    from now
    except
    select *
    from before
)
