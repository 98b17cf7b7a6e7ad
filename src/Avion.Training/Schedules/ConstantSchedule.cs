namespace Avion.Training;

/// <summary>The same learning rate at every step.</summary>
public sealed class ConstantSchedule(double learningRate) : ILearningRateSchedule
{
    public double At(long step) => learningRate;
}
