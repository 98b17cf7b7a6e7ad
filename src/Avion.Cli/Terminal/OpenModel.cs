namespace Avion.Cli;

/// <summary>A model on its device.</summary>
internal sealed class OpenModel(DeviceChoice choice, Device device, FeatureExtractor extractor) : IDisposable
{
    /// <summary>What computes.</summary>
    public DeviceChoice Choice => choice;

    /// <summary>The model.</summary>
    public FeatureExtractor Extractor => extractor;

    public void Dispose()
    {
        extractor.Dispose();
        device.Dispose();
    }
}
