namespace Avion.Training;

/// <summary>The numbers that a key accepts.</summary>
public readonly record struct NumberRange(double Minimum, double Maximum, bool IncludesMaximum)
{
    public static NumberRange AtLeast(double minimum) => new(minimum, double.PositiveInfinity, false);

    public static NumberRange Between(double minimum, double maximum) => new(minimum, maximum, true);

    public static NumberRange AtLeastBelow(double minimum, double limit) => new(minimum, limit, false);

    public bool Contains(double value) => value >= Minimum && (value < Maximum || (IncludesMaximum && value == Maximum));

    /// <summary>Such as <c>at least 0</c> or <c>from 0 to below 1</c>.</summary>
    public override string ToString() => double.IsPositiveInfinity(Maximum) ? $"at least {RecipeText.Of(Minimum)}"
        : IncludesMaximum ? $"from {RecipeText.Of(Minimum)} to {RecipeText.Of(Maximum)}"
        : $"from {RecipeText.Of(Minimum)} to below {RecipeText.Of(Maximum)}";
}
