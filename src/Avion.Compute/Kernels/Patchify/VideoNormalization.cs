namespace Avion.Compute;

/// <summary>Mean and standard deviation of each color channel, on pixels from 0 to 255: y = (pixel - mean) / deviation.</summary>
/// <param name="RedMean">Mean of red.</param>
/// <param name="GreenMean">Mean of green.</param>
/// <param name="BlueMean">Mean of blue.</param>
/// <param name="RedDeviation">Standard deviation of red.</param>
/// <param name="GreenDeviation">Standard deviation of green.</param>
/// <param name="BlueDeviation">Standard deviation of blue.</param>
public readonly record struct VideoNormalization(float RedMean, float GreenMean, float BlueMean,
    float RedDeviation, float GreenDeviation, float BlueDeviation)
{
    /// <summary>Leaves pixels as they are, 0 to 255.</summary>
    public static VideoNormalization None => new(0, 0, 0, 1, 1, 1);

    /// <summary>Mean of channel 0 (red), 1 (green) or 2 (blue).</summary>
    public float Mean(int channel) => channel switch { 0 => RedMean, 1 => GreenMean, _ => BlueMean };

    /// <summary>Standard deviation of channel 0 (red), 1 (green) or 2 (blue).</summary>
    public float Deviation(int channel) => channel switch { 0 => RedDeviation, 1 => GreenDeviation, _ => BlueDeviation };
}
