namespace Avion.Peers.Tests;

/// <summary>Errors in their units.</summary>
public sealed class ResultErrorsTests
{
    [Fact]
    public void Relative_errors_are_over_what_is_right_and_gradients_over_a_share_of_the_largest()
    {
        ResultErrors errors = Of(("loss", 0.02, 2), ("gradient of large", 0.3, 100), ("gradient of nothing", 1e-3, 1e-9));
        SideErrors relative = errors.Relative("Avion");
        Assert.Equal(new NamedError("loss", 0.01), relative.Output);
        Assert.Equal("gradient of nothing", relative.Gradient.Name);
        Assert.Equal(1e-3 / 1e-2, relative.Gradient.Error, 1e-12);
        Assert.Equal(3e-3, relative.AllGradients, 1e-6);
    }

    [Fact]
    public void Rounding_is_the_quadratic_mean_of_its_draws_and_half_a_unit_in_the_last_bit_at_least()
    {
        RoundingErrors rounding = new([Of(("gradient of a", 3, 10), ("loss", 0, 256)), Of(("gradient of a", 4, 10), ("loss", 0, 256))]);
        Assert.Equal(Math.Sqrt(12.5), rounding.Of("gradient of a"), 1e-12);
        Assert.Equal(1, rounding.Of("loss"), 1e-12);
        SideErrors side = Of(("gradient of a", 2 * Math.Sqrt(12.5), 10), ("loss", 5, 256)).InUnitsOf(rounding, "Avion");
        Assert.Equal(2, side.Gradient.Error, 1e-12);
        Assert.Equal(5, side.Output.Error, 1e-12);
        Assert.False(side.IsWithin(Bounds.Rounding));
        Assert.True(Of(("gradient of a", 2 * 3.5, 10), ("loss", 3, 256)).InUnitsOf(rounding, "Avion").IsWithin(Bounds.Rounding));
    }

    [Fact]
    public void Not_a_number_is_never_near_enough() =>
        Assert.False(Of(("loss", double.NaN, 1), ("video", 0, 1)).Relative("peer").IsWithin(Bounds.Float32));

    [Fact]
    public void Roundings_differ_by_factors_from_one_up_to_two() =>
        Assert.Equal([1, 2], [RoundingErrors.Scales.First(), Math.Round(RoundingErrors.Scales.Last() * Math.Pow(2, 1.0 / RoundingErrors.Draws), 12)]);

    private static ResultErrors Of(params (string Name, double Error, double Norm)[] results)
    {
        ResultErrors errors = new();
        foreach ((string name, double error, double norm) in results)
        {
            errors.Add(name, new ResultError(error, norm));
        }

        return errors;
    }
}
