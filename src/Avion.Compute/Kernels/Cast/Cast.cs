// n elements of both tensors
namespace Avion.Compute;

/// <summary>The same numbers in another type: working weights from the master copy.</summary>
/// <remarks>
/// y = x, rounded to the nearest number of y's type, to the even one of two equally near; what is not a number stays so.
/// Shapes: x, y alike; float32 to bfloat16. Cost: n operations, n elements of each type of traffic.
/// </remarks>
public static class Cast
{
    /// <summary>Writes y.</summary>
    public static unsafe void Run(Device device, Tensor x, Tensor y)
    {
        Check.SameShape("Cast.Run", nameof(x), x, nameof(y), y);
        if (x.Type != ElementType.Float32 || y.Type != ElementType.BFloat16)
        {
            throw new ArgumentException($"Cast.Run: got {x} and {y}, expected {ElementType.Float32} and {ElementType.BFloat16}.");
        }

        using OperationScope scope = device.Begin("Cast.Run", x.Count, x.ByteCount + y.ByteCount);
        switch (device)
        {
            case HostDevice:
                HostRun((uint*)x.Data, x.Count, (ushort*)y.Data);
                break;
            default:
                device.RequirePlanning("Cast.Run");
                break;
        }
    }

    private static unsafe void HostRun(uint* x, long count, ushort* y)
    {
        for (long i = 0; i < count; i++)
        {
            // Adding just under half of the last bit kept, or half where that bit is odd, carries into it as rounding does.
            uint bits = x[i], half = 0x7FFF + ((bits >> 16) & 1);
            y[i] = (ushort)((float.IsNaN(BitConverter.UInt32BitsToSingle(bits)) ? bits | 0x00400000 : bits + half) >> 16);
        }
    }
}
