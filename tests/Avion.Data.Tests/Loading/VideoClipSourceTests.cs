namespace Avion.Data.Tests;

public sealed class VideoClipSourceTests
{
    [Theory]
    [InlineData(450, 15.0, 30.0)]
    [InlineData(449, 449 * 1001 / 30000.0, 30000 / 1001.0)]
    [InlineData(899, 14.998, 60000 / 1001.0)]
    [InlineData(450, 15.0005, 30.0)]
    [InlineData(60, 2.0003, 30.0)]
    [InlineData(125, 10.0, 12.5)]
    public void Rates_within_rounding_of_a_standard_are_that_standard(int frames, double seconds, double expected) =>
        Assert.Equal(expected, VideoClipSource.StandardRate(frames / seconds, seconds));

    [Theory]
    [InlineData(107_990, 3600.0)]
    [InlineData(443, 15.0)]
    public void Other_rates_stay_as_they_are(int frames, double seconds) =>
        Assert.Equal(frames / seconds, VideoClipSource.StandardRate(frames / seconds, seconds), 1e-6);
}
