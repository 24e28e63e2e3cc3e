export { SloPage as default } from "@/features/slo/SloPage";
