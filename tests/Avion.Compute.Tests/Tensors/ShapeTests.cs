namespace Avion.Compute.Tests;

public sealed class ShapeTests
{
    [Theory]
    [InlineData(new int[0], 1, 1, 1)]
    [InlineData(new[] { 5 }, 5, 1, 5)]
    [InlineData(new[] { 2, 3 }, 6, 2, 3)]
    [InlineData(new[] { 2, 3, 4 }, 24, 6, 4)]
    [InlineData(new[] { 2, 3, 4, 5, 6 }, 720, 120, 6)]
    [InlineData(new[] { 0, 768 }, 0, 0, 768)]
    public void Extents_give_count_rows_and_columns(int[] extents, int count, int rows, int columns)
    {
        Shape shape = Shape.From(extents);
        Assert.Equal((count, rows, columns, extents.Length), (shape.Count, shape.Rows, shape.Columns, shape.Rank));
        Assert.Equal(extents, shape.ToArray());
    }

    [Fact]
    public void Shapes_are_equal_when_rank_and_extents_are()
    {
        Assert.Equal(new Shape(2, 3), new Shape(2, 3));
        Assert.NotEqual(new Shape(2, 3), new Shape(3, 2));
        Assert.NotEqual(new Shape(1), Shape.Scalar);
        Assert.NotEqual(new Shape(2, 1), new Shape(2));
    }

    [Fact]
    public void Bad_extents_are_refused_with_their_values()
    {
        Assert.Contains("-1", Assert.Throws<ArgumentException>(() => new Shape(4, -1)).Message);
        Assert.Contains("6 dimensions", Assert.Throws<ArgumentException>(() => Shape.From([1, 1, 1, 1, 1, 1])).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => new Shape(4, 1)[2]);
    }

    [Fact]
    public void Large_counts_do_not_overflow()
    {
        Assert.Equal(4L << 40, new Shape(1 << 21, 1 << 21).Count);
        Assert.Throws<OverflowException>(() => new Shape(1 << 21, 1 << 21, 3).Rows);
    }

    [Fact]
    public void Reshape_keeps_the_elements_and_refuses_other_counts()
    {
        Tensor tensor = Tensor.Wrap(64, new Shape(2, 6), ElementType.Float32);
        Assert.Equal((tensor.Data, new Shape(3, 4)), (tensor.Reshape(new Shape(3, 4)).Data, tensor.Reshape(new Shape(3, 4)).Shape));
        Assert.Contains("[5]", Assert.Throws<ArgumentException>(() => tensor.Reshape(new Shape(5))).Message);
    }
}
