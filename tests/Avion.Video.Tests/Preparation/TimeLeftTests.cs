namespace Avion.Video.Tests;

public sealed class TimeLeftTests
{
    /// <summary>What starts encoders takes longest at first.</summary>
    [Theory]
    [InlineData(2, 1e-6, null)]
    [InlineData(2, 0, null)]
    [InlineData(0.5, 0.5, null)]
    [InlineData(30, 0.019, null)]
    [InlineData(2, 0.02, 98.0)]
    [InlineData(100, 0.01, 9900.0)]
    [InlineData(10, 1, 0.0)]
    public void The_time_left_is_told_once_some_work_or_a_minute_tells_it(double elapsedSeconds, double share, double? expected)
    {
        double? left = PreparationRun.SecondsLeft(elapsedSeconds, share, 1 - share);
        Assert.Equal(expected is null, left is null);
        Assert.Equal(expected ?? 0, left ?? 0, 1e-6);
    }
}
