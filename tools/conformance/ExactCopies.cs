namespace Avion.ConformanceTool;

/// <summary>Copies between lists of doubles and tensors, without rounding where the device computes in double precision.</summary>
internal static unsafe class ExactCopies
{
    public static void UploadExactly(this Device device, double[] values, Tensor tensor)
    {
        if (device is ReferenceDevice && tensor.Count == values.Length)
        {
            values.CopyTo(new Span<double>((void*)tensor.Data, values.Length));
        }
        else
        {
            device.Upload([.. values.Select(value => (float)value)], tensor);
        }
    }

    public static double[] DownloadExactly(this Device device, Tensor tensor)
    {
        if (device is ReferenceDevice)
        {
            return new ReadOnlySpan<double>((void*)tensor.Data, checked((int)tensor.Count)).ToArray();
        }

        float[] values = new float[tensor.Count];
        device.Download(tensor, values);
        return [.. values.Select(value => (double)value)];
    }
}
